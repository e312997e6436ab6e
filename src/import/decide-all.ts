import { setImmediate } from 'node:timers/promises';
import type { StoredRecoveryCode } from '../store/queries/context.ts';
import type { Queries } from '../store/queries/index.ts';
import type { FactorTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Vault } from '../vault/vault.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { type Decision, decide, unusedCodes } from './plan.ts';
import { type Origin, sealFactor, sealRecoveryCode } from './seal-entry.ts';

/** After so many entries of computing, what else waits gets its turn. */
const ENTRIES_A_TURN = 2_000;

/** Rows to write, sealed, and what they come to. */
export interface Changes {
  readonly added: FactorTable[];
  readonly replaced: FactorTable[];
  readonly codes: RecoveryCodeTable[];
  /** Users whose unused codes give way to the new ones. */
  readonly codesReplacedOf: string[];
  readonly counts: ImportCounts;
}

interface Decider {
  readonly vault: Vault;
  readonly origin: Origin;
  readonly onExisting: ImportOptions['onExisting'];
}

/** Decides on every entry, against what is stored, and seals what is to be written. */
export async function decideAll(
  queries: Queries,
  entries: readonly ImportEntry[],
  decider: Decider,
): Promise<{ changes: Changes; problems: readonly ItemProblem[] }> {
  const { poolId } = decider.origin;
  const userIds = entries.map((entry) => entry.userId);
  const factors = new Map((await queries.bulk.findFactors(poolId, userIds)).map((factor) => [factor.user_id, factor]));
  const storedCodes = await queries.bulk.findRecoveryCodes(poolId, [...factors.keys()]);
  const codesByUser = Map.groupBy(storedCodes, (code) => code.user_id);
  const changes = noChanges();
  const problems: ItemProblem[] = [];
  for (const [position, entry] of entries.entries()) {
    if (position % ENTRIES_A_TURN === ENTRIES_A_TURN - 1) await setImmediate();
    const codes = codesByUser.get(entry.userId) ?? [];
    const decision = decide(decider.vault, poolId, entry, factors.get(entry.userId), codes, decider.onExisting);
    if (decision.kind === 'refuse') {
      problems.push({ index: entry.index, userId: entry.userId, field: 'otp', reason: 'factor_exists' });
    } else addChange(changes, decider, entry, decision, codes);
  }
  return { changes, problems };
}

function addChange(
  changes: Changes,
  { vault, origin }: Decider,
  entry: ImportEntry,
  decision: Exclude<Decision, { kind: 'refuse' }>,
  codes: readonly StoredRecoveryCode[],
): void {
  const { counts } = changes;
  if (entry.seed.isWeak) counts.weakSeeds++;
  if (decision.kind === 'skip') counts.skipped++;
  else if (decision.kind === 'keep') {
    counts.unchanged++;
    if (decision.newCodes) addCodes(changes, vault, entry, origin, decision.previous.factor_id, codes);
  } else {
    const row = sealFactor(vault, entry, origin, decision);
    const kind = decision.kind === 'add' ? 'added' : 'replaced';
    counts[kind]++;
    changes[kind].push(row);
    addCodes(changes, vault, entry, origin, row.factor_id, codes);
    if (kind === 'replaced' && entry.recoveryCodes.length === 0) changes.codesReplacedOf.push(entry.userId);
  }
}

/** The codes given become the user's set; those already used stay used. */
function addCodes(
  changes: Changes,
  vault: Vault,
  entry: ImportEntry,
  origin: Origin,
  factorId: string,
  stored: readonly StoredRecoveryCode[],
): void {
  if (entry.recoveryCodes.length === 0) return;
  const owner = { poolId: origin.poolId, userId: entry.userId, factorId };
  for (const code of unusedCodes(vault, origin.poolId, entry, stored)) {
    changes.codes.push(sealRecoveryCode(vault, code, owner, origin.now));
    changes.counts.recoveryCodes++;
  }
  if (stored.length > 0) changes.codesReplacedOf.push(entry.userId);
}

function noChanges(): Changes {
  const counts: ImportCounts = {
    added: 0,
    replaced: 0,
    unchanged: 0,
    skipped: 0,
    usersCreated: 0,
    weakSeeds: 0,
    recoveryCodes: 0,
  };
  return { added: [], replaced: [], codes: [], codesReplacedOf: [], counts };
}
