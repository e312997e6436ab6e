import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What is sent over a socket: bytes as they are, and whether to break off after them. */
export interface RawRequest {
  readonly bytes: string | Uint8Array;
  /** Ends the sending side after the bytes, as a client that dies half-way does. */
  readonly breakOff?: boolean;
}

const GIVE_UP_MS = 20_000;

/** Sends bytes that no client library would send. @returns `undefined` if the connection was closed without an answer */
export function sendRaw(url: string, request: RawRequest): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(request.bytes);
      if (request.breakOff) socket.end();
    });
    const settle = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parseAnswer(Buffer.concat(chunks)));
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('no answer'));
    }, GIVE_UP_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isComplete(Buffer.concat(chunks))) settle();
    });
    socket.on('error', settle);
    socket.on('close', settle);
  });
}

/** A request as text: request line, headers, empty line, body. */
export function rawRequest(
  line: string,
  headers: readonly (readonly [string, string])[],
  body: string | Uint8Array = '',
): Buffer {
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${line}\r\n${head}\r\n`, 'latin1'), Buffer.from(body as string)]);
}

function isComplete(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = bytes.toString('latin1', 0, end);
  if (head.startsWith('HTTP/1.1 1')) return isComplete(bytes.subarray(end + 4));
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  if (line.startsWith('HTTP/1.1 1')) return parseAnswer(bytes.subarray(end + 4));
  const headers = lines.map((text) => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()] as const;
  });
  const body = bytes.subarray(end + 4);
  const isChunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  return {
    status: Number(line.split(' ')[1]),
    headers: Object.fromEntries(headers),
    text: (isChunked ? joinChunks(body) : body).toString('utf8'),
  };
}

/** RFC 9112 §7.1, without extensions and trailers. */
function joinChunks(bytes: Buffer): Buffer {
  const lineEnd = bytes.indexOf('\r\n');
  const size = lineEnd < 0 ? 0 : Number.parseInt(bytes.toString('latin1', 0, lineEnd), 16);
  if (!(size > 0)) return Buffer.alloc(0);
  const start = lineEnd + 2;
  return Buffer.concat([bytes.subarray(start, start + size), joinChunks(bytes.subarray(start + size + 2))]);
}
