import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { StoredFactor, StoredRecoveryCode } from '../store/queries/context.ts';
import type { FactorTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Sealer, Vault } from '../vault/vault.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { compareCodes, type Decision, decide } from './plan.ts';
import { type Origin, sealFactor, sealRecoveryCode } from './seal-entry.ts';

/** What the users of an import have already. */
export interface Existing {
  readonly factors: ReadonlyMap<string, StoredFactor>;
  readonly codes: ReadonlyMap<string, readonly StoredRecoveryCode[]>;
}

/** Rows to write, sealed. */
export interface Changes {
  readonly added: FactorTable[];
  readonly replaced: FactorTable[];
  readonly codes: RecoveryCodeTable[];
  /** Users whose unused codes give way to the new ones. */
  readonly codesReplacedOf: string[];
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
}

const NO_CODES: readonly StoredRecoveryCode[] = [];

export function noChanges(): Changes {
  return { added: [], replaced: [], codes: [], codesReplacedOf: [] };
}

/** Decides on entries, against what is stored, seals what is to be written, and adds it to the changes. */
export function decideEntries(entries: readonly ImportEntry[], decider: Decider, changes: Changes): void {
  const { vault, origin, existing, onExisting, problems } = decider;
  for (const entry of entries) {
    const stored = existing.codes.get(entry.userId) ?? NO_CODES;
    const codes = compareCodes(vault, origin.poolId, entry, stored);
    const decision = decide(vault, origin.poolId, entry, existing.factors.get(entry.userId), codes, onExisting);
    if (decision.kind === 'refuse') {
      problems.push({ index: entry.index, userId: entry.userId, field: 'otp', reason: 'factor_exists' });
    } else if (problems.length === 0) addChange(changes, decider, entry, decision, codes.usable, stored.length > 0);
  }
}

function addChange(
  changes: Changes,
  decider: Decider,
  entry: ImportEntry,
  decision: Exclude<Decision, { kind: 'refuse' }>,
  codes: readonly RecoveryCode[],
  hasStoredCodes: boolean,
): void {
  const { sealer, origin, counts } = decider;
  if (entry.seed.isWeak) counts.weakSeeds++;
  if (decision.kind === 'skip') counts.skipped++;
  else if (decision.kind === 'keep') {
    counts.unchanged++;
    if (decision.newCodes) {
      addCodes(changes, decider, entry, decision.previous.factor_id, codes);
      if (hasStoredCodes) changes.codesReplacedOf.push(entry.userId);
    }
  } else {
    const row = sealFactor(sealer, entry, origin, decision);
    const kind = decision.kind === 'add' ? 'added' : 'replaced';
    counts[kind]++;
    changes[kind].push(row);
    if (kind === 'replaced') changes.codesReplacedOf.push(entry.userId);
    addCodes(changes, decider, entry, row.factor_id, codes);
  }
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
  for (const code of codes) changes.codes.push(sealRecoveryCode(sealer, code, owner, origin.now));
  counts.recoveryCodes += codes.length;
}
