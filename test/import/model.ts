import { endOfStep, lastStepBefore } from '../../src/factors/spent-factor.ts';
import type { ImportCounts, ImportOptions } from '../../src/import/entry.ts';
import type { Item } from './importing.ts';

export interface ModelFactor {
  readonly secret: string;
  readonly digits: number;
  readonly period: number;
  readonly lastStep: number;
}

export interface ModelUser {
  factor?: ModelFactor;
  /** Each code with whether it was used. */
  readonly codes: Map<string, boolean>;
}

export type Model = Map<string, ModelUser>;

type Outcome = 'added' | 'replaced' | 'unchanged' | 'skipped' | 'refused';

/**
 * What an import is to do, said as plainly as possible.
 *
 * @returns the state afterwards and the counts, or nothing where the list must be refused
 */
export function importInModel(
  before: Model,
  list: readonly Item[],
  options: ImportOptions,
): { after: Model; counts: Omit<ImportCounts, 'weakSeeds'> } | undefined {
  const after: Model = new Map(
    [...before].map(([id, { factor, codes }]) => [id, { ...(factor && { factor }), codes: new Map(codes) }]),
  );
  const counts = { added: 0, replaced: 0, unchanged: 0, skipped: 0, usersCreated: 0, recoveryCodes: 0 };
  for (const { userId, otp } of list) {
    if (!after.has(userId)) {
      if (!options.createMissingUsers) return undefined;
      after.set(userId, { codes: new Map() });
      counts.usersCreated++;
    }
    const user = after.get(userId) as ModelUser;
    const wanted = { secret: otp.secret, digits: otp.digits ?? 6, period: otp.period ?? 30 };
    const outcome = outcomeFor(user.factor, wanted, options);
    if (outcome === 'refused') return undefined;
    counts[outcome]++;
    if (outcome === 'added') user.factor = { ...wanted, lastStep: -1 };
    if (outcome === 'replaced')
      user.factor = { ...wanted, lastStep: carried(user.factor as ModelFactor, wanted.period) };
    counts.recoveryCodes += applyCodes(user, outcome, otp.recoveryCodes ?? []);
  }
  return { after: options.dryRun ? before : after, counts };
}

const carried = (factor: ModelFactor, period: number) =>
  lastStepBefore(endOfStep(factor.lastStep, factor.period), period);

function outcomeFor(
  factor: ModelFactor | undefined,
  wanted: Omit<ModelFactor, 'lastStep'>,
  { onExisting }: ImportOptions,
): Outcome {
  if (factor === undefined) return 'added';
  const { secret, digits, period } = factor;
  if (secret === wanted.secret && digits === wanted.digits && period === wanted.period) return 'unchanged';
  return ({ replace: 'replaced', skip: 'skipped', fail: 'refused' } as const)[onExisting];
}

/** @returns how many codes were stored anew */
function applyCodes({ codes }: ModelUser, outcome: Outcome, given: readonly string[]): number {
  if (outcome === 'skipped') return 0;
  if (outcome === 'unchanged' && given.length === 0) return 0;
  const others = [...codes].some(([code, used]) => !used && !given.includes(code));
  if (outcome === 'unchanged' && !others && given.every((code) => codes.has(code))) return 0;
  for (const [code, used] of [...codes]) if (!used) codes.delete(code);
  const fresh = given.filter((code) => !codes.has(code));
  for (const code of fresh) codes.set(code, false);
  return fresh.length;
}
