import { FactorportError } from '../../errors/error.ts';
import type { Language } from '../../language.ts';
import { isTrustworthyUrl } from '../../trustworthy-url.ts';
import { VERSION } from '../../version.ts';
import { UsageError } from '../command.ts';
import { RemoteRefusal } from './remote-refusal.ts';

export interface ServerAccess {
  readonly url: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly language: Language;
}

interface Request {
  readonly body?: AsyncIterable<Uint8Array> | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Calls of the API of a server, with a management token that is fetched when first needed, and again when it has expired. */
export interface ServerCalls {
  /** @returns `data` of the answer. @throws RemoteRefusal; `FactorportError`s of the body, as they are */
  call(method: 'GET' | 'POST', path: string, request?: Request): Promise<unknown>;
  /** The answer as it comes. @throws RemoteRefusal */
  stream(path: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** @throws UsageError for a URL by which the key could be read on its way */
export function createServerCalls({ url, accessKeyId, accessKeySecret, language }: ServerAccess): ServerCalls {
  if (!isTrustworthyUrl(url)) throw new UsageError(NOT_TRUSTWORTHY);
  const base = url.replace(/\/+$/, '');
  let token: Promise<string> | undefined;

  async function send(method: string, path: string, { body, headers, signal }: Request = {}): Promise<Response> {
    const init = {
      method,
      headers: { 'x-authing-lang': language, 'user-agent': `factorport/${VERSION}`, ...headers },
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']>, duplex: 'half' as const }),
      ...(signal === undefined ? {} : { signal }),
      redirect: 'error' as const,
    };
    return fetch(base + path, init).catch((error: Error) => {
      if (signal?.aborted) throw error;
      // The file that was being sent, and not the server, is why.
      if (error.cause instanceof FactorportError) throw error.cause;
      throw RemoteRefusal.unreachable(base, error);
    });
  }

  async function fetchToken(): Promise<string> {
    const body = JSON.stringify({ accessKeyId, accessKeySecret });
    const headers = { 'content-type': 'application/json' };
    const answer = await read(await send('POST', '/api/v3/get-management-token', { body, headers }));
    return (answer as { access_token: string }).access_token;
  }

  async function authorised(method: string, path: string, request: Request = {}): Promise<Response> {
    token ??= fetchToken();
    const authorization = `Bearer ${await token}`;
    const response = await send(method, path, { ...request, headers: { ...request.headers, authorization } });
    const isRepeatable = request.body === undefined || typeof request.body === 'string';
    if (response.status !== 401 || !isRepeatable) return response;
    await response.body?.cancel();
    token = fetchToken();
    return send(method, path, { ...request, headers: { ...request.headers, authorization: `Bearer ${await token}` } });
  }

  return {
    call: async (method, path, request) => read(await authorised(method, path, request)),
    async stream(path, signal) {
      const response = await authorised('GET', path, signal === undefined ? {} : { signal });
      if (response.status !== 200 || response.body === null) await read(response);
      return response.body as ReadableStream<Uint8Array>;
    },
  };
}

const NOT_TRUSTWORTHY = {
  en: 'The option "--server" must be an https:// address; http:// is taken only for this machine, because the access key would be readable on its way.',
  zh: '选项“--server”须为 https:// 地址；http:// 仅可用于本机，否则访问密钥会在传输途中泄露。',
};

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  const envelope = parse(text);
  if (envelope === undefined) throw RemoteRefusal.noAnswer(response.status);
  if (envelope.statusCode !== 200) throw new RemoteRefusal(envelope.statusCode, envelope.message, envelope.data);
  return envelope.data;
}

function parse(text: string): { statusCode: number; message: string; data?: unknown } | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value?.statusCode === 'number' && typeof value.message === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
