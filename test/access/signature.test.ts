import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SignedRequest, verifySignature } from '../../src/access/signature.ts';
import { parseBody } from '../../src/http/body.ts';
import { type Capture, isSigned, readCaptures, signatureOf } from './captures.ts';
import { type ChangedRequest, changedRequests } from './changed-requests.ts';

const captures = readCaptures().filter(isSigned);
const named = captures.map(
  (capture) => [`${capture.client} ${capture.request.method} ${capture.request.path}`, capture] as const,
);

/** As the server does it: a body that cannot be read is refused before its signature is looked at. */
function accepts({ accessKeySecret }: Capture, { request, authorization }: ChangedRequest): boolean {
  try {
    if (request.method === 'POST') parseBody(Buffer.from(request.body));
    return verifySignature(request, accessKeySecret, authorization.slice(authorization.indexOf(':') + 1));
  } catch {
    return false;
  }
}

describe.skipIf(captures.length === 0)('signature of a recorded request', () => {
  it('exists for two SDKs that sign', () => {
    expect(new Set(captures.map(({ client }) => client))).toEqual(new Set(['node', 'csharp']));
    expect(captures).toHaveLength(7);
  });

  it.each(named)('verifies: %s', (_, capture) => {
    expect(verifySignature(capture.request, capture.accessKeySecret, signatureOf(capture))).toBe(true);
  });

  it.each(named)('does not verify with another secret: %s', (_, capture) => {
    expect(verifySignature(capture.request, `${capture.accessKeySecret}0`, signatureOf(capture))).toBe(false);
    expect(verifySignature(capture.request, '', signatureOf(capture))).toBe(false);
  });

  it.each(named)('does not verify with any single byte changed: %s', (_, capture) => {
    const changes = changedRequests(capture);
    expect(changes.length).toBeGreaterThan(1_000);
    expect(changes.filter((change) => accepts(capture, change)).map(({ what }) => what)).toEqual([]);
  });
});

const SECRET = 'secret of the key';
const sign = (text: string) => createHmac('sha1', SECRET).update(text).digest('base64');

function post(body: string, headers: SignedRequest['headers'] = []): SignedRequest {
  return { method: 'POST', path: '/api/v3/x', query: '', headers, body: Buffer.from(body) };
}

const get = (query: string): SignedRequest => ({
  method: 'GET',
  path: '/api/v3/x',
  query,
  headers: [],
  body: Buffer.alloc(0),
});

describe('signature', () => {
  it('covers the date and the x-authing headers, sorted, with white space made plain, and no other', () => {
    const headers = [
      ['X-Authing-B', '  two\twords '],
      ['Content-Type', 'application/json'],
      ['Date', 'today'],
      ['x-authing-a', ''],
    ] as const;
    const text = 'POST\ndate:today\nx-authing-a:\nx-authing-b:two words\n/api/v3/x';
    expect(verifySignature(post('', headers), SECRET, sign(text))).toBe(true);
  });

  it('covers the bytes of a member as they were sent, not as they would be written again', () => {
    const body = '{"n":1.0, "big":12345678901234567890,"o": {"b":1,  "a":"\\u2028"} ,"l":[ ],"z":null,"t":true}';
    const text = 'POST\n/api/v3/x?big=12345678901234567890&l=[ ]&n=1.0&o={"b":1,  "a":"\\u2028"}&t=true&z=null';
    expect(verifySignature(post(body), SECRET, sign(text))).toBe(true);
    expect(verifySignature(post(body.replace('1.0', '1')), SECRET, sign(text))).toBe(false);
    expect(verifySignature(post(body.replace('\\u2028', '\u2028')), SECRET, sign(text))).toBe(false);
  });

  it('covers a top-level string by its value, plain or between its quotation marks', () => {
    const body = '{"a":"it\\"s \\u00e9","d":"2022-06-03T00:00:00Z"}';
    const plain = 'POST\n/api/v3/x?a=it"s é&d=2022-06-03T00:00:00Z';
    const datesQuoted = 'POST\n/api/v3/x?a=it"s é&d="2022-06-03T00:00:00Z"';
    const allQuoted = 'POST\n/api/v3/x?a="it\\"s \\u00e9"&d="2022-06-03T00:00:00Z"';
    for (const text of [plain, datesQuoted, allQuoted]) {
      expect(verifySignature(post(body), SECRET, sign(text)), text).toBe(true);
    }
  });

  it('sorts parameters by UTF-16 code units', () => {
    const text = 'POST\n/api/v3/x?Z=1&a=2&\u{1f600}=4&\uff5a=3';
    expect(verifySignature(post('{"a":2,"\uff5a":3,"Z":1,"\u{1f600}":4}'), SECRET, sign(text))).toBe(true);
  });

  it('covers a query decoded, with arrays as JSON however they are written', () => {
    const text = 'GET\n/api/v3/x?ids=["a b","c"]&q=ü&&';
    for (const query of [
      'q=%C3%BC%26%26&ids[]=a+b&ids[]=c',
      'ids=a%20b&q=%c3%bc%26%26&ids=c',
      'ids[0]=a+b&ids[1]=c&q=ü%26&&',
    ]) {
      const expected = query.endsWith('&&') ? text.replace('ü&&', 'ü&') : text;
      expect(verifySignature(get(query), SECRET, sign(expected)), query).toBe(true);
    }
  });

  it('covers a path alone where there are no parameters, with or without a question mark', () => {
    for (const text of ['GET\n/api/v3/x', 'GET\n/api/v3/x?'])
      expect(verifySignature(get(''), SECRET, sign(text))).toBe(true);
    expect(verifySignature(post('{}'), SECRET, sign('POST\n/api/v3/x'))).toBe(true);
  });

  it('covers the method', () => {
    expect(verifySignature({ ...get(''), method: 'POST' }, SECRET, sign('GET\n/api/v3/x'))).toBe(false);
  });

  it('is refused when empty, too short, too long or no base64', () => {
    const right = sign('GET\n/api/v3/x');
    for (const signature of ['', '=', 'AAAA', right.slice(0, 8), right + right, '!!!!']) {
      expect(verifySignature(get(''), SECRET, signature), signature).toBe(false);
    }
  });
});
