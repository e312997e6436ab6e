export const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const OTP_TYPES = ['totp', 'hotp'] as const;
export type OtpType = (typeof OTP_TYPES)[number];

export const MINIMUM_DIGITS = 6;
export const MAXIMUM_DIGITS = 8;
export const MINIMUM_PERIOD_SECONDS = 5;
export const MAXIMUM_PERIOD_SECONDS = 300;
/** Far beyond any token, and far enough below 2^53 that looking ahead stays exact. */
export const MAXIMUM_COUNTER = 2 ** 52;

/** What, beside the seed, decides which codes an authenticator shows. */
export interface OtpParameters {
  readonly type: OtpType;
  readonly algorithm: Algorithm;
  /** Length of a code, {@link MINIMUM_DIGITS} to {@link MAXIMUM_DIGITS} (RFC 4226 §5.3). */
  readonly digits: number;
  /** Length of a time step (RFC 6238 §4.1); 0 for HOTP. */
  readonly periodSeconds: number;
}

/** What the v3 API means when it names only a secret (RFC 6238 §1.2 and §4.1 defaults). */
export const DEFAULT_PARAMETERS: OtpParameters = Object.freeze({
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  periodSeconds: 30,
});

/** Reads an algorithm as products write it: `SHA1`, `sha-256`, `HmacSHA512`. Anything else is `undefined`. */
export function parseAlgorithm(text: string): Algorithm | undefined {
  const name = text
    .toUpperCase()
    .replace(/^HMAC[-_]?/, '')
    .replace(/[-_]/g, '');
  return ALGORITHMS.find((algorithm) => algorithm === name);
}
