import { FactorportError } from '../errors/error.ts';
import type { Reason } from '../import/reasons.ts';
import type { LocalText } from '../language.ts';

/** Opens a value of a file; `undefined` where it does not open, a reason where it is nothing that could be opened. */
export type Open = (text: string) => { readonly opened: string } | Reason | undefined;

/**
 * Tells a wrong key from a damaged value: if the first value of a file does not open, the key is wrong and the file is
 * refused; a later one is a problem of its own.
 *
 * @param key what the file needs, for the errors; see `Source.secret`
 * @param create makes the opener of a secret; `undefined` where it cannot be a key at all
 * @returns a function that throws `source_secret_needed` and `source_secret_wrong`
 */
export function createOpener(
  key: LocalText,
  secret: string | undefined,
  create: (secret: string) => Open | undefined,
): (text: string) => { readonly opened: string } | Reason {
  let open: Open | undefined;
  let hasOpened = false;
  return (text) => {
    if (secret === undefined || secret === '') {
      throw new FactorportError('source_secret_needed', { parameters: { what: key } });
    }
    open ??= create(secret);
    const result = open?.(text);
    if (result === undefined && !hasOpened) {
      throw new FactorportError('source_secret_wrong', { parameters: { what: key } });
    }
    if (typeof result === 'object') hasOpened = true;
    return result ?? 'decryption_failed';
  };
}
