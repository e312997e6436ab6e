import type { LocalText } from '../../language.ts';

/** What came of checking a user's current code against the secret in the file. */
export type Proof =
  | { readonly found: false }
  | {
      readonly found: true;
      /** Whether the code comes from the secret as it is read. */
      readonly verified: boolean;
      /** Other readings of the secret, or other parameters, from which the code does come. */
      readonly otherReadings: readonly OtherReading[];
    };

export interface OtherReading {
  /** `base32`, `hex`, `base64`, `text`; absent where the reading is the same. */
  readonly encoding?: string;
  readonly algorithm?: string;
  readonly digits?: number;
  readonly periodSeconds?: number;
  readonly text: LocalText;
}
