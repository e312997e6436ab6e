import { Secret, TOTP } from 'otpauth';

export interface CodeParameters {
  readonly algorithm?: string;
  readonly digits?: number;
  readonly period?: number;
}

/** The code that an authenticator app (here: the package `otpauth`) shows at a time. */
export function codeAt(seed: string, timestamp: number, parameters: CodeParameters = {}): string {
  const totp = new TOTP({ secret: Secret.fromBase32(seed), algorithm: 'SHA1', digits: 6, period: 30, ...parameters });
  return totp.generate({ timestamp });
}

/** A code that is wrong at this time and in the steps beside it. */
export function wrongCodeAt(seed: string, timestamp: number): string {
  const right = [-60_000, -30_000, 0, 30_000, 60_000].map((offset) => codeAt(seed, timestamp + offset));
  const candidates = ['000000', '111111', '222222', '333333', '444444', '555555'];
  return candidates.find((candidate) => !right.includes(candidate)) as string;
}
