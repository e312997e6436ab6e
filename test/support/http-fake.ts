import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A machine that speaks HTTP on loopback, for the protocol that a test gives it. */
export interface HttpFake extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  /** How many requests came in. */
  requests(): number;
  stop(): Promise<void>;
}

export async function startHttpFake(
  contentType: string,
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
): Promise<HttpFake> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests++;
    const { method = '', url = '', headers } = request;
    const { status, body } = await answer({ method, path: url, headers, body: await buffer(request) });
    response.writeHead(status, { 'content-type': contentType }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { address: `127.0.0.1:${port}`, requests: () => requests, stop, [Symbol.asyncDispose]: stop };
}
