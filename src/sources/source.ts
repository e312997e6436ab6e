import type { Reason } from '../import/reasons.ts';
import type { LocalText, TextParameters } from '../language.ts';
import type { Algorithm, OtpParameters, OtpType } from '../otp/parameters.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { Seed } from '../otp/seed.ts';

/** Another system's export, as this program reads it: one file a format, all in the registry. */
export interface Source {
  /** What `--format` takes: lower case, words joined by hyphens. */
  readonly name: string;
  readonly title: LocalText;
  /** How to get such a file out of the product, with the command where there is one; commands stand in backticks. */
  readonly howToExport: LocalText;
  /** What {@link SourceOptions.secret} is for this format, where it takes one; asked for only when a file needs it. */
  readonly secret?: LocalText;
  /**
   * Whether a file with these signs is of this format. It is asked again as more of the file is seen, until some source is
   * sure or the file ends; it must look at nothing but the signs.
   */
  recognise(signs: Signs): Recognition | undefined;
  /**
   * Reads a file, with memory bounded by the largest item and not by the file. The same bytes and options give the same
   * items in the same order and with the same places, so that a reader can go on where another has stopped.
   *
   * What is wrong with one item is an item of kind `problem`; what is wrong with the file is thrown.
   *
   * @throws `source_secret_needed`, `source_secret_wrong`, `source_mapping_needed`, `source_encoding_needed`,
   *   `source_damaged`, `source_not_this_format`, `source_item_too_large`
   */
  read(input: SourceInput, options: SourceOptions): AsyncIterable<readonly SourceItem[]>;
  /** For tables: the headings, the first rows with secrets masked, and what is thought of each column. */
  inspect?(input: SourceInput, options: SourceOptions): Promise<TableInspection>;
}

/** A file. */
export interface SourceInput {
  /** Its bytes from the first one, already unwrapped from compression, in pieces of any size. May be called again. */
  open(): AsyncIterable<Uint8Array>;
}

/** What the operator says about a file. */
export interface SourceOptions {
  /** Password of the file, pre-shared key in hex, or the product's application key, as {@link Source.secret} says. */
  readonly secret?: string | undefined;
  /** For tables: which column is which. A column is named by its heading, or by its number from 1. */
  readonly mapping?: Readonly<Partial<Record<TableField, string>>> | undefined;
  /** For tables: how the secret column is written, where it cannot be told. */
  readonly encoding?: SecretEncoding | undefined;
  /** What a format leaves out and the operator knows: Duo's files, for one, do not say their type. */
  readonly assume?:
    | {
        readonly type?: OtpType | undefined;
        readonly algorithm?: Algorithm | undefined;
        readonly digits?: number | undefined;
        readonly periodSeconds?: number | undefined;
      }
    | undefined;
}

export const SECRET_ENCODINGS = ['base32', 'hex', 'base64', 'text', 'otpauth'] as const;
/** `text`: the characters themselves, in UTF-8, are the key. */
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number];

export const TABLE_FIELDS = [
  'user_id',
  'external_id',
  'username',
  'email',
  'phone',
  /** A column that names the user in a way that only the operator knows; `--match` says which. */
  'user',
  'serial',
  'secret',
  'recovery_codes',
  'type',
  'algorithm',
  'digits',
  'period',
  'counter',
  'check_code',
] as const;
export type TableField = (typeof TABLE_FIELDS)[number];

/** How a file names a user; empty where it does not, as seed files of hardware tokens. */
export interface SourceUser {
  /** The id in the system that the file comes from. */
  readonly id?: string | undefined;
  readonly externalId?: string | undefined;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  /** A name of which the file does not say what it is: the account of a key URI, an owner. */
  readonly name?: string | undefined;
}

/** Where in the file an item stands, for people. */
export interface Place {
  /** Number of the item, from 1: a record, a row, a token; problems count too. */
  readonly item: number;
  /** Line in which it begins, from 1, where the file has lines. */
  readonly line?: number | undefined;
}

/** One registration, read and found possible. In clear, so it must not live long. */
export interface SourceEntry {
  readonly place: Place;
  readonly user: SourceUser;
  /** Serial number of a hardware token, by which a list of assignments finds the user. */
  readonly serial?: string | undefined;
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  /** HOTP: the next counter that the authenticator will use; 0 for TOTP. */
  readonly counter: number;
  readonly recoveryCodes: readonly RecoveryCode[];
  /** The secret as the file writes it, where another reading of it is to be tried: see {@link checkCode}. */
  readonly written?: string | undefined;
  /** A code that the user's authenticator showed, by which the reading of the secret is proven. */
  readonly checkCode?: string | undefined;
  /** What of this item cannot come along, though the seed can: recovery codes that are hashed, for one. */
  readonly notes?: readonly Reason[] | undefined;
}

/** Why an item cannot be imported: data, not an exception, because the others may be fine. Never holds a secret. */
export interface SourceProblem {
  readonly place: Place;
  readonly user: SourceUser;
  readonly serial?: string | undefined;
  /** Path of the field in the words of the format, like `credentials[0].secretData`; empty for the item as a whole. */
  readonly field: string;
  readonly reason: Reason;
  readonly parameters?: TextParameters | undefined;
}

export type SourceItem =
  | { readonly kind: 'entry'; readonly entry: SourceEntry }
  | { readonly kind: 'problem'; readonly problem: SourceProblem }
  /** A user without an OTP: nothing to import, and nothing wrong. */
  | { readonly kind: 'nothing'; readonly place: Place };

/** What has been seen of a file so far. */
export interface Signs {
  /** The first 64 KiB, or less where the file ends before. */
  readonly bytes: Uint8Array;
  /** The same as text, without a byte order mark; `undefined` where it is not text in any encoding that is known. */
  readonly text: string | undefined;
  /** Where the text begins like JSON. */
  readonly json?: JsonSigns | undefined;
  /** Where the text is XML: the document element. */
  readonly xml?: { readonly namespace: string; readonly name: string } | undefined;
  /** Where the text can be a table: the cells of its first rows. */
  readonly rows?: readonly (readonly string[])[] | undefined;
  /** Whether there is no more to come. */
  readonly isWhole: boolean;
}

export interface JsonSigns {
  /**
   * Paths of members seen so far, however deep, list positions as `*`: `users.*.credentials.*.secretData`. A path in a file of
   * several documents (NDJSON) begins with `*` as in a list.
   */
  readonly paths: ReadonlySet<string>;
  /** Short texts (at most 64 characters) seen so far, as `path=value`: `*.model=otp_totp.totpdevice`. Bounded in number. */
  readonly values: ReadonlySet<string>;
  /** Whether the file holds one document after the other. */
  readonly isLines: boolean;
}

export interface Recognition {
  /** `sure`: no other format has this. `possible`: the operator is asked, unless it is the only one. */
  readonly certainty: 'sure' | 'possible';
  /** What in the file says so. */
  readonly because: LocalText;
}

/** A table as the operator is shown it before deciding what its columns are. */
export interface TableInspection {
  /** Headings, or `1`, `2` … where there are none. */
  readonly columns: readonly TableColumn[];
  readonly hasHeadings: boolean;
  /** The first rows; whatever may be a secret is masked. */
  readonly rows: readonly (readonly string[])[];
  /** What is thought, to be confirmed. */
  readonly mapping: Readonly<Partial<Record<TableField, string>>>;
  /** How the secret column is written; `undefined`: it can be read in more than one way, and `--encoding` must say. */
  readonly encoding: SecretEncoding | undefined;
}

export interface TableColumn {
  readonly heading: string;
  readonly field: TableField | undefined;
}
