import { findMatchingCounter } from '../../otp/hotp.ts';
import { ALGORITHMS, type OtpParameters } from '../../otp/parameters.ts';
import type { Seed } from '../../otp/seed.ts';
import { timeStepAt } from '../../otp/totp.ts';
import { readSecret } from '../../sources/registration.ts';
import type { SourceEntry } from '../../sources/source.ts';
import type { OtherReading } from './prove.ts';

/** A check code was typed into a file some minutes ago; more than this and nobody knows when. */
const AROUND_NOW_MS = 10 * 60_000;
/** How many codes of a HOTP token may have been used since the export. */
const COUNTERS_AHEAD = 100;

const ENCODINGS = ['base32', 'hex', 'base64', 'text'] as const;
const PERIODS_SECONDS = [30, 60];

/** @param now milliseconds since 1970 */
export function isCodeOf(seed: Seed, parameters: OtpParameters, counter: number, code: string, now: number): boolean {
  const digits = code.replace(/\s/g, '');
  if (digits.length !== parameters.digits) return false;
  const [first, last] =
    parameters.type === 'hotp'
      ? [counter, counter + COUNTERS_AHEAD]
      : [now - AROUND_NOW_MS, now + AROUND_NOW_MS].map((time) => timeStepAt(time, parameters.periodSeconds));
  return findMatchingCounter(seed, digits, parameters, first as number, last as number) !== undefined;
}

/**
 * Tries the code with every other way to read the secret as the file writes it, and with the other usual parameters. None
 * is ever taken without being asked for: with so many tries, a wrong one matches now and then.
 */
export function findOtherReadings(entry: SourceEntry, code: string, now: number): OtherReading[] {
  const found: OtherReading[] = [];
  const digits = code.replace(/\s/g, '').length;
  const own = entry.parameters;
  const isHotp = own.type === 'hotp';
  for (const encoding of [undefined, ...(entry.written === undefined ? [] : ENCODINGS)]) {
    const seed = encoding === undefined ? entry.seed : readSecret({ text: entry.written, encoding });
    if (typeof seed === 'string') continue;
    if (encoding !== undefined && Buffer.compare(seed.bytes, entry.seed.bytes) === 0) continue;
    for (const algorithm of ALGORITHMS) {
      for (const periodSeconds of isHotp ? [0] : new Set([own.periodSeconds, ...PERIODS_SECONDS])) {
        const parameters = { ...own, algorithm, digits, periodSeconds };
        if (isCodeOf(seed, parameters, entry.counter, code, now)) found.push(describe(own, parameters, encoding));
      }
    }
    if (encoding !== undefined) seed.wipe();
  }
  return found;
}

function describe(
  own: OtpParameters,
  { algorithm, digits, periodSeconds }: OtpParameters,
  encoding?: string,
): OtherReading {
  const differing = {
    ...(encoding === undefined ? {} : { encoding }),
    ...(algorithm === own.algorithm ? {} : { algorithm }),
    ...(digits === own.digits ? {} : { digits }),
    ...(periodSeconds === own.periodSeconds ? {} : { periodSeconds }),
  };
  const en = [
    encoding && `a secret in ${encoding}`,
    differing.algorithm,
    differing.digits && `${digits} digits`,
    differing.periodSeconds && `a period of ${periodSeconds} s`,
  ];
  const zh = [
    encoding && `${encoding} 编码的密钥`,
    differing.algorithm,
    differing.digits && `${digits} 位`,
    differing.periodSeconds && `周期 ${periodSeconds} 秒`,
  ];
  return { ...differing, text: { en: en.filter(Boolean).join(', '), zh: zh.filter(Boolean).join('，') } };
}
