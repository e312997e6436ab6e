import type { Reason } from '../import/reasons.ts';
import { type KeyUriProblem, parseKeyUri } from '../otp/key-uri.ts';
import type { UserFactor } from './user-items.ts';

/**
 * Reads a factor that is written as a key URI. `totp://…`, as old versions of Ory Kratos wrote it, is taken for
 * `otpauth://totp/…`.
 *
 * @param field how the format calls the member that holds it
 */
export function readKeyUriFactor(text: unknown, field: string): UserFactor {
  if (text === undefined || text === null || text === '') return { field, reason: 'no_secret' };
  if (typeof text !== 'string') return { field, reason: 'wrong_type' };
  const key = parseKeyUri(text.trim().replace(/^([th]otp):\/\//i, 'otpauth://$1/'));
  if (typeof key === 'string') return { field, reason: reasonOf(key) };
  const { type, algorithm, digits, periodSeconds } = key.parameters;
  return {
    factor: { secret: key.seed.bytes, type, algorithm, digits, periodSeconds, counter: key.counter },
    names: { secret: field, type: field, algorithm: field, digits: field, period: field, counter: field },
  };
}

function reasonOf(problem: KeyUriProblem): Reason {
  switch (problem) {
    case 'missing_secret':
    case 'secret_empty':
      return 'no_secret';
    case 'secret_not_base32':
      return 'not_base32';
    case 'secret_truncated':
      return 'truncated';
    case 'secret_too_short':
      return 'too_short';
    case 'secret_too_long':
      return 'too_long';
    case 'bad_counter':
      return 'counter_out_of_range';
    default:
      return problem;
  }
}
