import { setTimeout } from 'node:timers/promises';
import type { Answer, TestServer } from '../support/test-server.ts';

const AT_WORK = new Set(['running', 'undoing']);

/** Uploads a file: text, pieces, or a form. */
export async function upload(
  server: Pick<TestServer, 'url'>,
  token: string,
  query: string,
  body: string | FormData | AsyncIterable<Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1/import-jobs?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-authing-lang': 'en', ...headers },
    body: body as NonNullable<RequestInit['body']>,
    duplex: 'half',
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The job when nobody is at it any more. */
export async function jobAtEnd(server: TestServer, token: string, jobId: string) {
  for (;;) {
    const { body } = await server.call('GET', `/api/v1/import-jobs/${jobId}`, { token });
    if (!AT_WORK.has(body.data.state)) return body.data;
    await setTimeout(50);
  }
}
