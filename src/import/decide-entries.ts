import { recoveryCodeRow } from '../factors/recovery-code-row.ts';
import { spentFactor } from '../factors/spent-factor.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { StoredFactor, StoredRecoveryCode } from '../store/queries/context.ts';
import type { FactorTable, RecoveryCodeTable, SpentFactorTable } from '../store/schema.ts';
import type { Sealer, Vault } from '../vault/vault.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { carryOver, compareCodes, type Decision, decide } from './plan.ts';
import { type Origin, sealFactor } from './seal-entry.ts';

/** What the users of an import have already. */
export interface Existing {
  readonly factors: ReadonlyMap<string, StoredFactor>;
  readonly codes: ReadonlyMap<string, readonly StoredRecoveryCode[]>;
  readonly spent: ReadonlyMap<string, readonly SpentFactorTable[]>;
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
}

const NO_CODES: readonly StoredRecoveryCode[] = [];
const NOTHING_SPENT: readonly SpentFactorTable[] = [];

export function noChanges(): Changes {
  return {
    added: [],
    replaced: [],
    codes: [],
    codesReplacedOf: [],
    importedCodesReplacedOf: [],
    spent: [],
    countersAdvanced: [],
  };
}

/** Decides on entries, against what is stored, seals what is to be written, and adds it to the changes. */
export function decideEntries(entries: readonly ImportEntry[], decider: Decider, changes: Changes): void {
  const { vault, origin, existing, onExisting, problems } = decider;
  for (const entry of entries) {
    const stored = existing.codes.get(entry.userId) ?? NO_CODES;
    const previous = existing.factors.get(entry.userId);
    const codes = compareCodes(vault, origin.poolId, entry, stored, previous?.factor_id);
    const decision = decide(vault, origin.poolId, entry, previous, codes, onExisting);
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
  const { vault, sealer, origin, counts } = decider;
  if (entry.seed.isWeak) counts.weakSeeds++;
  if (decision.kind === 'skip') counts.skipped++;
  else if (decision.kind === 'keep') {
    counts.unchanged++;
    const { factor_id: factorId, counter } = decision.previous;
    if (decision.newCodes) {
      addCodes(changes, decider, entry, factorId, codes);
      if (hasStoredCodes) changes.importedCodesReplacedOf.push(entry.userId);
    }
    // The token was used at its old home since the last import; its used codes must not become good here.
    if (entry.counter > counter)
      changes.countersAdvanced.push({ userId: entry.userId, factorId, counter: entry.counter });
  } else {
    const previous = decision.kind === 'replace' ? decision.previous : undefined;
    const spent = decider.existing.spent.get(entry.userId) ?? NOTHING_SPENT;
    const row = sealFactor(sealer, entry, origin, carryOver(vault, origin.poolId, entry, previous, spent));
    if (previous !== undefined && (previous.type === 'hotp' || row.type === 'hotp')) {
      const retired = spentFactor(vault, { ...previous, pool_id: origin.poolId }, origin.now);
      if (retired !== undefined) changes.spent.push(retired);
    }
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
  for (const code of codes) changes.codes.push(recoveryCodeRow(sealer, code, owner, 'import', origin.now));
  counts.recoveryCodes += codes.length;
}
