import { openFactorSeed } from '../factors/open-factor-seed.ts';
import { endOfStep, lastStepBefore } from '../factors/spent-factor.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { FactorTable, RecoveryCodeTable, SpentFactorTable } from '../store/schema.ts';
import type { Vault } from '../vault/vault.ts';
import type { ImportEntry, ImportOptions } from './entry.ts';

/** What an entry comes to, given what is stored. */
export type Decision =
  | { readonly kind: 'add' }
  | { readonly kind: 'replace'; readonly previous: FactorTable }
  /** Same seed and parameters. `newCodes`: the recovery codes given are not those stored, so they become the new set. */
  | { readonly kind: 'keep'; readonly previous: FactorTable; readonly newCodes: boolean }
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse' };

/** Decides what to do with an entry for a user who exists. */
export function decide(
  vault: Vault,
  poolId: string,
  entry: ImportEntry,
  previous: FactorTable | undefined,
  codes: CodeComparison,
  onExisting: ImportOptions['onExisting'],
): Decision {
  if (previous === undefined) return { kind: 'add' };
  if (isSameFactor(vault, poolId, entry, previous)) {
    return { kind: 'keep', previous, newCodes: codes.differ };
  }
  if (onExisting === 'skip') return { kind: 'skip' };
  if (onExisting === 'fail') return { kind: 'refuse' };
  return { kind: 'replace', previous };
}

/** What a factor takes over: what it must not accept again, and how often somebody guessed. */
export interface UsedUp {
  /** The last time step that may not be used, -1 for none. */
  readonly lastStep: number;
  /** The lowest counter that may be used. */
  readonly counter: number;
  /** Those of the factor that is replaced, where only its parameters are mended: the seed guessed at is the same. */
  readonly failures: number;
  readonly throttledUntil: number;
}

/**
 * What an entry's factor takes over of what its user has used up before, with the factor it replaces and with factors
 * that are gone. Time is carried over whatever the seed, because otherwise importing another seed and then the first one
 * again would make a used code good once more; a counter is carried over for the same seed.
 */
export function carryOver(
  vault: Vault,
  poolId: string,
  entry: ImportEntry,
  previous: FactorTable | undefined,
  spent: readonly SpentFactorTable[],
): UsedUp {
  const { type, periodSeconds } = entry.parameters;
  const owner = { poolId, userId: entry.userId };
  const isMended = previous !== undefined && isSameSeed(vault, poolId, entry, previous);
  const guesses = {
    failures: isMended ? previous.failures : 0,
    throttledUntil: isMended ? previous.throttled_until : 0,
  };
  if (type === 'totp') {
    const ofPrevious = previous?.type === 'totp' ? endOfStep(previous.last_step, previous.period_seconds) : 0;
    const usedUntil = Math.max(ofPrevious, ...spent.map((factor) => factor.used_until));
    return { ...guesses, lastStep: lastStepBefore(usedUntil, periodSeconds), counter: 0 };
  }
  const ofSpent = spent
    .filter((factor) => factor.counter > 0 && vault.isSeedOf(factor.seed_digest, entry.seed, owner))
    .map((factor) => factor.counter);
  const ofPrevious = isMended && previous.type === 'hotp' ? previous.counter : 0;
  return { ...guesses, lastStep: -1, counter: Math.max(entry.counter, ofPrevious, ...ofSpent) };
}

/** The recovery codes of an entry beside those its user has. */
export interface CodeComparison {
  /** Whether the codes given, if any, are others than the ones that the user can still use. */
  readonly differ: boolean;
  /** Those given that were not used up before, by this user and with whatever seed: a used code stays used. */
  readonly usable: readonly RecoveryCode[];
}

/**
 * Codes that have their Argon2id layer cannot be recognised in an import, so given ones take their place: the same codes
 * as before, or the mended ones. A set that an administrator issued stands above every import of the same seed; what is
 * left of one that was issued for an earlier factor does not.
 */
export function compareCodes(
  vault: Vault,
  poolId: string,
  { userId, recoveryCodes }: ImportEntry,
  stored: readonly RecoveryCodeTable[],
  factorId: string | undefined,
): CodeComparison {
  if (recoveryCodes.length === 0) return { differ: false, usable: [] };
  if (stored.length === 0) return { differ: true, usable: recoveryCodes };
  const digests = stored.map(({ code_id, sealed_digest }) => ({ codeId: code_id, sealed: sealed_digest }));
  const recognised = vault.recogniseRecoveryCodes(recoveryCodes, digests, { poolId, userId });
  const isUsed = new Map(stored.map((code) => [code.code_id, code.used_at !== null]));
  const given = new Set(recognised);
  const wasIssued = stored.some((code) => code.origin === 'issued' && code.factor_id === factorId);
  const isMissing = (code: RecoveryCodeTable) =>
    code.origin === 'import' && code.used_at === null && !given.has(code.code_id);
  return {
    differ: !wasIssued && (given.has(undefined) || stored.some(isMissing)),
    usable: recoveryCodes.filter((_, index) => isUsed.get(recognised[index] ?? '') !== true),
  };
}

function isSameFactor(vault: Vault, poolId: string, entry: ImportEntry, previous: FactorTable): boolean {
  const { type, algorithm, digits, periodSeconds } = entry.parameters;
  if (
    previous.type !== type ||
    previous.algorithm !== algorithm ||
    previous.digits !== digits ||
    previous.period_seconds !== periodSeconds
  ) {
    return false;
  }
  return isSameSeed(vault, poolId, entry, previous);
}

function isSameSeed(vault: Vault, poolId: string, entry: ImportEntry, previous: FactorTable): boolean {
  const seed = openFactorSeed(vault, { ...previous, pool_id: poolId });
  const same = Buffer.compare(seed.bytes, entry.seed.bytes) === 0;
  seed.wipe();
  return same;
}
