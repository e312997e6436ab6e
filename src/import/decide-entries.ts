import { FactorportError } from '../errors/error.ts';
import { recoveryCodeRow } from '../factors/recovery-code-row.ts';
import { resealedCode, resealedFactor } from '../factors/resealed-rows.ts';
import { spentFactor } from '../factors/spent-factor.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type {
  FactorTable,
  PreviousFactorTable,
  PreviousRecoveryCodeTable,
  RecoveryCodeTable,
  SpentFactorTable,
} from '../store/schema.ts';
import type { Sealer, Vault } from '../vault/vault.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { carryOver, compareCodes, type Decision, decide } from './plan.ts';
import { type Origin, sealFactor } from './seal-entry.ts';

/** What the users of an import have already. */
export interface Existing {
  readonly factors: ReadonlyMap<string, FactorTable>;
  readonly codes: ReadonlyMap<string, readonly RecoveryCodeTable[]>;
  readonly spent: ReadonlyMap<string, readonly SpentFactorTable[]>;
}

/** An import that can be undone, and in which one bad entry does not stop the others. */
export interface JobDetails {
  readonly jobId: string;
  /** Users who have had an answer in this job already, without a factor of it to show. */
  readonly seen: ReadonlySet<string>;
}

/** Rows to write, sealed. */
export interface Changes {
  readonly added: FactorTable[];
  readonly replaced: FactorTable[];
  readonly codes: RecoveryCodeTable[];
  /** Users whose unused codes go with their factor. */
  readonly codesReplacedOf: string[];
  /** Users whose factor stays, and whose unused imported codes give way to the new ones. */
  readonly importedCodesReplacedOf: string[];
  /** What replaced factors have used up; where both are TOTP, the new factor's own row says it. */
  readonly spent: SpentFactorTable[];
  /** For a job: what it replaces or takes away, and users for whom it changes no factor. */
  readonly previousFactors: PreviousFactorTable[];
  readonly previousCodes: PreviousRecoveryCodeTable[];
  readonly seen: string[];
  readonly countersAdvanced: { readonly userId: string; readonly factorId: string; readonly counter: number }[];
}

/** What decisions depend on, and where their outcomes are gathered. */
export interface Decider {
  readonly vault: Vault;
  readonly sealer: Sealer;
  readonly origin: Origin;
  readonly onExisting: ImportOptions['onExisting'];
  readonly existing: Existing;
  readonly counts: ImportCounts;
  readonly problems: ItemProblem[];
  /** `undefined` where the import is all or nothing. */
  readonly job: JobDetails | undefined;
}

const NO_CODES: readonly RecoveryCodeTable[] = [];
const NOTHING_SPENT: readonly SpentFactorTable[] = [];

export function noChanges(): Changes {
  return {
    added: [],
    replaced: [],
    codes: [],
    codesReplacedOf: [],
    importedCodesReplacedOf: [],
    spent: [],
    previousFactors: [],
    previousCodes: [],
    seen: [],
    countersAdvanced: [],
  };
}

/**
 * Decides on entries, against what is stored, seals what is to be written, and adds it to the changes.
 *
 * @throws `seal_broken` where something stored does not open and it is no job; in a job that is the entry's problem
 */
export function decideEntries(entries: readonly ImportEntry[], decider: Decider, changes: Changes): void {
  for (const entry of entries) {
    try {
      decideEntry(entry, decider, changes);
    } catch (error) {
      const isBroken = error instanceof FactorportError && error.code === 'seal_broken';
      if (decider.job === undefined || !isBroken) throw error;
      decider.problems.push({ index: entry.index, userId: entry.userId, field: '', reason: 'stored_broken' });
    }
  }
}

function decideEntry(entry: ImportEntry, decider: Decider, changes: Changes): void {
  const { vault, origin, existing, onExisting, problems, job } = decider;
  const { index, userId } = entry;
  const stored = existing.codes.get(userId) ?? NO_CODES;
  const previous = existing.factors.get(userId);
  if (job !== undefined && (previous?.import_id === job.jobId || job.seen.has(userId))) {
    problems.push({ index, userId, field: '', reason: 'duplicate_user' });
    return;
  }
  const codes = compareCodes(vault, origin.poolId, entry, stored, previous?.factor_id);
  const decision = decide(vault, origin.poolId, entry, previous, codes, onExisting);
  if (decision.kind === 'refuse') problems.push({ index, userId, field: 'otp', reason: 'factor_exists' });
  else if (job !== undefined || problems.length === 0) {
    addChange(changes, decider, entry, decision, codes.usable, stored);
    if (entry.seed.isWeak) decider.counts.weakSeeds++;
  }
}

/** Adds all of an entry's changes, or, where something does not open, none. */
function addChange(
  changes: Changes,
  decider: Decider,
  entry: ImportEntry,
  decision: Exclude<Decision, { kind: 'refuse' }>,
  codes: readonly RecoveryCode[],
  stored: readonly RecoveryCodeTable[],
): void {
  const { counts } = decider;
  if (decision.kind === 'skip') {
    counts.skipped++;
    changes.seen.push(entry.userId);
  } else if (decision.kind === 'keep') {
    const { factor_id: factorId, counter } = decision.previous;
    if (decision.newCodes) {
      const imported = stored.filter((code) => code.origin === 'import');
      const kept = keptCodes(decider, imported);
      // Says, with its time, that the codes are the job's although the factor is not.
      const marked = { ...decision.previous, updated_at: decider.origin.now };
      changes.previousFactors.push(...keptFactor(decider, marked));
      changes.previousCodes.push(...kept);
      addCodes(changes, decider, entry, factorId, codes);
      if (stored.length > 0) changes.importedCodesReplacedOf.push(entry.userId);
    }
    // The token was used at its old home since the last import; its used codes must not become good here.
    if (entry.counter > counter) {
      changes.countersAdvanced.push({ userId: entry.userId, factorId, counter: entry.counter });
    }
    counts.unchanged++;
    changes.seen.push(entry.userId);
  } else addFactor(changes, decider, entry, decision.kind === 'replace' ? decision.previous : undefined, codes, stored);
}

function addFactor(
  changes: Changes,
  decider: Decider,
  entry: ImportEntry,
  previous: FactorTable | undefined,
  codes: readonly RecoveryCode[],
  stored: readonly RecoveryCodeTable[],
): void {
  const { vault, sealer, origin, counts } = decider;
  const spent = decider.existing.spent.get(entry.userId) ?? NOTHING_SPENT;
  const row = sealFactor(sealer, entry, origin, carryOver(vault, origin.poolId, entry, previous, spent));
  if (previous === undefined) {
    counts.added++;
    changes.added.push(row);
  } else {
    const isOfHotp = previous.type === 'hotp' || row.type === 'hotp';
    const retired = isOfHotp ? spentFactor(vault, previous, origin.now) : undefined;
    const kept = keptCodes(decider, stored);
    changes.previousFactors.push(...keptFactor(decider, previous));
    changes.previousCodes.push(...kept);
    if (retired !== undefined) changes.spent.push(retired);
    counts.replaced++;
    changes.replaced.push(row);
    changes.codesReplacedOf.push(entry.userId);
  }
  addCodes(changes, decider, entry, row.factor_id, codes);
}

/** The codes given become the user's set; those already used are not among them. */
function addCodes(
  changes: Changes,
  { sealer, origin, counts }: Decider,
  { userId }: ImportEntry,
  factorId: string,
  codes: readonly RecoveryCode[],
): void {
  const owner = { poolId: origin.poolId, userId, factorId };
  for (const code of codes) changes.codes.push(recoveryCodeRow(sealer, code, owner, 'import', origin.now));
  counts.recoveryCodes += codes.length;
}

/** For a job that can be undone: a factor as it was. */
function keptFactor({ sealer, job }: Decider, factor: FactorTable): PreviousFactorTable[] {
  return job === undefined ? [] : [{ ...resealedFactor(sealer, factor), job_id: job.jobId }];
}

/** For a job that can be undone: the unused ones of codes that are about to go. */
function keptCodes({ sealer, job }: Decider, codes: readonly RecoveryCodeTable[]): PreviousRecoveryCodeTable[] {
  if (job === undefined) return [];
  const unused = codes.filter((code) => code.used_at === null);
  return unused.map((code) => ({ ...resealedCode(sealer, code), job_id: job.jobId }));
}
