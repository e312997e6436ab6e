import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { StoredFactor, StoredRecoveryCode } from '../store/queries/context.ts';
import type { Vault } from '../vault/vault.ts';
import type { ImportEntry, ImportOptions } from './entry.ts';

/** What an entry comes to, given what is stored. */
export type Decision =
  | { readonly kind: 'add' }
  | { readonly kind: 'replace'; readonly previous: StoredFactor }
  /** Same seed and parameters. `newCodes`: the recovery codes given are not those stored, so they become the new set. */
  | { readonly kind: 'keep'; readonly previous: StoredFactor; readonly newCodes: boolean }
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse' };

/** Decides what to do with an entry for a user who exists. */
export function decide(
  vault: Vault,
  poolId: string,
  entry: ImportEntry,
  previous: StoredFactor | undefined,
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

/**
 * The time step to carry over when a factor is replaced: the first that the new one may not use is the last that lies
 * within the time the old one used up. Otherwise importing another seed and then the first one again would make a used
 * code good once more.
 *
 * @param lastStep the last accepted step of the old factor, -1 for none
 */
export function carryLastStep(lastStep: number, oldPeriodSeconds: number, newPeriodSeconds: number): number {
  if (lastStep < 0 || oldPeriodSeconds === 0 || newPeriodSeconds === 0) return -1;
  return Math.ceil(((lastStep + 1) * oldPeriodSeconds) / newPeriodSeconds) - 1;
}

/** The recovery codes of an entry beside those its user has. */
export interface CodeComparison {
  /** Whether the codes given, if any, are others than the ones that the user can still use. */
  readonly differ: boolean;
  /** Those given that were not used up before, by this user and with whatever seed: a used code stays used. */
  readonly usable: readonly RecoveryCode[];
}

export function compareCodes(
  vault: Vault,
  poolId: string,
  { userId, recoveryCodes }: ImportEntry,
  stored: readonly StoredRecoveryCode[],
): CodeComparison {
  if (recoveryCodes.length === 0) return { differ: false, usable: [] };
  if (stored.length === 0) return { differ: true, usable: recoveryCodes };
  const digests = stored.map(({ code_id, sealed_digest }) => ({ codeId: code_id, sealed: sealed_digest }));
  const recognised = vault.recogniseRecoveryCodes(recoveryCodes, digests, { poolId, userId });
  const isUsed = new Map(stored.map((code) => [code.code_id, code.used_at !== null]));
  const given = new Set(recognised);
  return {
    differ: given.has(undefined) || stored.some((code) => code.used_at === null && !given.has(code.code_id)),
    usable: recoveryCodes.filter((_, index) => isUsed.get(recognised[index] ?? '') !== true),
  };
}

function isSameFactor(vault: Vault, poolId: string, entry: ImportEntry, previous: StoredFactor): boolean {
  const { type, algorithm, digits, periodSeconds } = entry.parameters;
  if (
    previous.type !== type ||
    previous.algorithm !== algorithm ||
    previous.digits !== digits ||
    previous.period_seconds !== periodSeconds
  ) {
    return false;
  }
  const binding = { poolId, userId: entry.userId, factorId: previous.factor_id, ...entry.parameters };
  const seed = vault.openSeed(previous.sealed_seed, binding);
  const same = Buffer.compare(seed.bytes, entry.seed.bytes) === 0;
  seed.wipe();
  return same;
}
