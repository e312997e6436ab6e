import { FactorportError } from '../errors/error.ts';
import { LOCKED_UNTIL } from '../factors/factor-state.ts';
import type { FactorTable } from '../store/schema.ts';

/** Wrong codes that are forgiven at once: people mistype, and clocks are about to change. */
const FREE_FAILURES = 3;
const MAXIMUM_DELAY_SECONDS = 15 * 60;

/** NIST SP 800-63B §5.2.2: "no more than 100" consecutive failed attempts; then an administrator has to act. */
export const MAXIMUM_FAILURES = 100;

/**
 * Until when a factor rests after another wrong code: none for the first three, then 1, 2, 4, 8 … seconds, at most 15
 * minutes (RFC 4226 §7.3, delay scheme), and without end after {@link MAXIMUM_FAILURES}.
 *
 * @param failures wrong codes in a row, this one included
 */
export function throttledUntil(failures: number, now: number): number {
  if (failures >= MAXIMUM_FAILURES) return LOCKED_UNTIL;
  if (failures <= FREE_FAILURES) return 0;
  const seconds = Math.min(2 ** (failures - FREE_FAILURES - 1), MAXIMUM_DELAY_SECONDS);
  return now + seconds * 1000;
}

/** Why an attempt is not looked at now; `undefined` where it is. */
export function throttleRefusal(
  factor: Pick<FactorTable, 'throttled_until' | 'failures'>,
  now: number,
): FactorportError | undefined {
  if (factor.throttled_until <= now) return undefined;
  if (factor.throttled_until === LOCKED_UNTIL) {
    return new FactorportError('factor_locked', { parameters: { failures: factor.failures } });
  }
  const seconds = Math.ceil((factor.throttled_until - now) / 1000);
  return new FactorportError('verification_throttled', { parameters: { seconds }, retryAfterSeconds: seconds });
}
