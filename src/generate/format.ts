import type { LocalText } from '../language.ts';
import type { Row } from './rows.ts';

/** What can be wrong with a row that is meant to be refused. */
export const FAULTS = [
  'bad_secret',
  'too_short',
  'no_secret',
  'unsupported_algorithm',
  'unknown_digits',
  'duplicate_user',
  'damaged',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What a format can say, which decides what its rows may be. */
export interface Abilities {
  readonly hotp: boolean;
  /** Whether it names algorithm and digits; where it does not, every row has SHA1 and six. */
  readonly parameters: boolean;
  readonly recoveryCodes: boolean;
  /** The faults that can be written without spoiling the rows after them, each with the reason that an import must tell. */
  readonly faults: Readonly<Partial<Record<Fault, string>>>;
  /** Whether some users are there who have no OTP at all. */
  readonly usersWithoutOtp?: boolean;
  /** Whether some secrets are texts whose characters are the key, beside those that are encoded. */
  readonly plainSecrets?: boolean;
}

/** A format in which synthetic files can be written: all of them are in the registry. */
export interface GeneratedFormat {
  /** What `--format` takes; the name of the source that reads it, where that has one. */
  readonly name: string;
  readonly title: LocalText;
  readonly abilities: Abilities;
  readonly head: string;
  /** What stands between two rows. */
  readonly separator: string;
  readonly tail: string;
  row(row: Row): string;
  /** Where the file names no users: the heading, and the line of the list that does. */
  readonly assignments?: { readonly head: string; row(row: Row): string };
}
