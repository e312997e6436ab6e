/** An answer to a request, and how much of the text it took. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly end: number;
}

const STATUS_START = 'HTTP/1.1 '.length;

/**
 * Reads one answer of HTTP/1.1 from the beginning of a text in which each character is a byte. It knows what the
 * measured servers send, a length or chunks, and nothing else, because it must cost little.
 *
 * @returns `undefined` while the answer is not there as a whole
 */
export function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const status = Number(text.slice(STATUS_START, STATUS_START + 3));
  const bodyStart = headEnd + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined) return readChunks(text, bodyStart, status);
  const end = bodyStart + Number(length);
  return text.length < end ? undefined : { status, body: text.slice(bodyStart, end), end };
}

/** RFC 9112 §7.1, without trailers. */
function readChunks(text: string, start: number, status: number): Answer | undefined {
  let body = '';
  for (let position = start; ; ) {
    const lineEnd = text.indexOf('\r\n', position);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(position, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) return { status, body, end };
    body += text.slice(lineEnd + 2, end - 2);
    position = end;
  }
}
