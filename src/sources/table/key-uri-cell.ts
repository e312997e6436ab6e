import type { Reason } from '../../import/reasons.ts';
import { type KeyUri, type KeyUriProblem, parseKeyUri } from '../../otp/key-uri.ts';

/** A key URI, with the parameters that it names itself; of the others a column of the table may say more. */
export interface UriCell {
  readonly key: KeyUri;
  readonly names: ReadonlySet<string>;
}

/** @returns the key, or why the address has none */
export function readUriCell(cell: string): UriCell | Reason {
  const query = parameterNames(cell);
  if (/^otpauth:\/\/steam\b/i.test(cell) || query.has('steam') || /[?&]encoder=steam\b/i.test(cell)) return 'steam';
  if (/^otpauth:\/\/(?:motp|yaotp)\b/i.test(cell)) return 'motp';
  const key = parseKeyUri(cell);
  return typeof key === 'string' ? reasonOf(key, query) : { key, names: query };
}

/** Why an address of another kind than `otpauth://` is refused. */
export function reasonOfOtherUri(cell: string): Reason {
  if (/^steam:/i.test(cell)) return 'steam';
  if (/^motp:/i.test(cell)) return 'motp';
  return 'not_key_uri';
}

function reasonOf(problem: KeyUriProblem, names: ReadonlySet<string>): Reason {
  switch (problem) {
    case 'missing_secret':
    case 'secret_empty':
      return 'no_secret';
    case 'bad_counter':
      return names.has('counter') ? 'counter_out_of_range' : 'missing';
    case 'secret_not_base32':
      return 'not_base32';
    case 'secret_truncated':
      return 'truncated';
    case 'secret_too_short':
      return 'too_short';
    case 'secret_too_long':
      return 'too_long';
    default:
      return problem;
  }
}

function parameterNames(cell: string): ReadonlySet<string> {
  const start = cell.indexOf('?');
  const query = start < 0 ? '' : cell.slice(start + 1);
  return new Set([...new URLSearchParams(query).keys()].map((name) => name.toLowerCase()));
}
