import type { LocalText } from '../language.ts';
import type { Signs } from './source.ts';

/** A file that is known and cannot be read, with what to do instead. */
export interface Unsupported {
  readonly product: LocalText;
  readonly advice: LocalText;
  recognise(signs: Signs): boolean;
}

export const UNSUPPORTED: readonly Unsupported[] = [];
