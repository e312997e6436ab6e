import type { ErrorCode } from '../../errors/table.ts';
import type { TextParameters } from '../../language.ts';
import type { OtpParameters } from '../../otp/parameters.ts';
import type { SourceOptions, SourceUser } from '../../sources/source.ts';
import type { PackedRows } from '../../store/packed.ts';
import type { Engine } from '../../store/store.ts';
import type { LentKeys } from '../../vault/lent-keys.ts';
import type { Reason } from '../reasons.ts';
import type { MatchType } from './job.ts';

/*
 * What the thread that reads and seals, and the one that decides and writes, say to each other. A batch goes: read →
 * users found → sealed → written. Secrets in clear stay in the reading thread, except those of items whose user has
 * something already, which have to be compared.
 */

/** What the reading thread begins with. */
export interface ReaderOrder {
  readonly file: { readonly path: string; readonly key: string };
  readonly users: { readonly path: string; readonly key: string } | undefined;
  readonly format: string | undefined;
  readonly options: SourceOptions;
  readonly match: MatchType;
  readonly createUsers: boolean;
  /** Whether check codes are looked at; on a later day they would all be wrong. */
  readonly checksCodes: boolean;
  /** Items that have their answer from before. */
  readonly skipItems: number;
  readonly engine: Engine;
  readonly origin: {
    readonly poolId: string;
    readonly source?: string;
    readonly importedBy: string;
    readonly importId: string;
  };
  readonly keys: LentKeys;
  readonly batchItems: number;
  /** Whether the thread gives way to what else the process does: 0, or a nice value above it. */
  readonly niceness: number;
}

/** A row of the report, before it has a number. */
export interface Finding {
  readonly severity: 'failed' | 'note';
  readonly item: number;
  readonly line: number | undefined;
  readonly user: SourceUser;
  readonly serial: string | undefined;
  readonly field: string;
  readonly reason: Reason;
  readonly parameters: TextParameters | undefined;
}

/** What a batch holds beside secrets. Entries are told apart by their place in it. */
export interface ReadBatch {
  readonly batchId: number;
  /** Items of the file up to and with this batch. */
  readonly itemsDone: number;
  readonly bytesDone: number;
  readonly items: number;
  readonly nothing: number;
  readonly proven: number;
  readonly findings: readonly Finding[];
  /** How many entries there are. */
  readonly entries: number;
  /** Of each entry, by place: what its user is looked for by; {@link joinNames}. */
  readonly names: string;
  /** Of each entry: 1 where the seed is weak. */
  readonly weak: Uint8Array;
  readonly recoveryCodes: Uint8Array;
  /** Of each entry: how the file names its user; only where users may have to be created. */
  readonly users: readonly SourceUser[] | undefined;
}

/** Names have no control characters, and one long text goes to another thread faster than many short ones. */
const BETWEEN_NAMES = '\0';

export function joinNames(names: readonly string[]): string {
  return names.join(BETWEEN_NAMES);
}

export function splitNames({ entries, names }: Pick<ReadBatch, 'entries' | 'names'>): string[] {
  return entries === 0 ? [] : names.split(BETWEEN_NAMES);
}

/** The rows of a batch, ready to be written if nothing speaks against it. */
export interface SealedBatch {
  readonly batchId: number;
  readonly sealKeyId: number;
  readonly factors: PackedRows;
  readonly codes: PackedRows;
}

/** An entry in clear, for comparing, and for saying where it stands. */
export interface ClearEntry {
  readonly place: number;
  readonly item: number;
  readonly line: number | undefined;
  readonly user: SourceUser;
  readonly serial: string | undefined;
  readonly seed: Uint8Array;
  readonly parameters: OtpParameters;
  readonly counter: number;
  readonly recoveryCodes: readonly string[];
}

export type FromReader =
  | { readonly kind: 'format'; readonly format: string }
  | { readonly kind: 'batch'; readonly batch: ReadBatch }
  | { readonly kind: 'sealed'; readonly sealed: SealedBatch }
  | { readonly kind: 'clear'; readonly batchId: number; readonly entries: readonly ClearEntry[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly parameters: TextParameters }
  | { readonly kind: 'failed'; readonly message: string };

export type ToReader =
  /** `userIds`: by place; null where there is nothing to seal; absent where the names are the ids. */
  | {
      readonly kind: 'seal';
      readonly batchId: number;
      readonly userIds: readonly (string | null)[] | undefined;
      readonly now: number;
    }
  | { readonly kind: 'keys'; readonly keys: LentKeys }
  | { readonly kind: 'clear'; readonly batchId: number; readonly places: readonly number[] }
  /** The batch is over; so many items may be in the next ones. */
  | { readonly kind: 'done'; readonly batchId: number; readonly batchItems: number };
