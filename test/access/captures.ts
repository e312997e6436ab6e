import type { CredentialHeaders } from '../../src/access/authenticate.ts';
import type { SignedRequest } from '../../src/access/signature.ts';
import { bodyOf, readCaptureFiles } from '../support/captures.ts';

/** A request of an unmodified SDK, as it went over the wire. */
export interface Capture {
  readonly client: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly request: SignedRequest;
  readonly authorization: string;
}

/** Every recorded request that says who is calling. */
export function readCaptures(): Capture[] {
  return readCaptureFiles().flatMap(({ client, accessKeyId, accessKeySecret, requests }) =>
    requests.flatMap((recorded) => {
      const authorization = headerOf(recorded.headers, 'authorization');
      if (authorization === undefined) return [];
      const { method, url, headers } = recorded;
      const [path = '', query = ''] = url.split('?');
      const request = { method, path, query, headers, body: bodyOf(recorded) };
      return [{ client, accessKeyId, accessKeySecret, request, authorization }];
    }),
  );
}

export const isSigned = ({ authorization }: Capture): boolean => /^authing /i.test(authorization);

export function signatureOf({ authorization }: Capture): string {
  return authorization.slice(authorization.indexOf(':') + 1);
}

export function headerOf(headers: SignedRequest['headers'], name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1];
}

/** The headers as the HTTP layer hands them to the authenticator. */
export function credentialsOf(headers: SignedRequest['headers'], authorization: string): CredentialHeaders {
  return {
    authorization: [authorization],
    date: headerOf(headers, 'x-authing-date') ?? headerOf(headers, 'date'),
    signatureMethod: headerOf(headers, 'x-authing-signature-method'),
    signatureVersion: headerOf(headers, 'x-authing-signature-version'),
    signatureNonce: headerOf(headers, 'x-authing-signature-nonce'),
    poolId: headerOf(headers, 'x-authing-userpool-id'),
  };
}

/** When a request was made, by its own words. */
export function timeOf({ request }: Capture): number {
  const text = headerOf(request.headers, 'x-authing-date') ?? headerOf(request.headers, 'date') ?? '';
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}
