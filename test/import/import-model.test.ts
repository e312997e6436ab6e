import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FactorportError } from '../../src/errors/error.ts';
import { openFactorSeed } from '../../src/factors/open-factor-seed.ts';
import { type ImportOptions, ON_EXISTING } from '../../src/import/entry.ts';
import { parseRecoveryCode, type RecoveryCode } from '../../src/otp/recovery-code.ts';
import type { Services } from '../../src/services.ts';
import { openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { matchesRecoveryCode } from '../vault/open-vault.ts';
import { type Item, importItems, insertUsers } from './importing.ts';
import { importInModel, type Model, type ModelUser } from './model.ts';

const USERS = ['u0', 'u1', '用户 2'];
const CODES = [1, 2, 3].map((number) => plantedCode(920 + number));

const items: fc.Arbitrary<Item> = fc.record({
  userId: fc.constantFrom(...USERS),
  otp: fc.record(
    {
      secret: fc.constantFrom(plantedSeed(921), plantedSeed(922)),
      digits: fc.constantFrom(6, 8),
      period: fc.constantFrom(30, 60, 45),
      recoveryCodes: fc.subarray(CODES),
    },
    { requiredKeys: ['secret'] },
  ),
});

type Step =
  | { kind: 'import'; list: Item[]; options: ImportOptions }
  | { kind: 'useCode'; userId: string; code: string }
  | { kind: 'useStep'; userId: string; seconds: number };

const imports = fc.record({
  kind: fc.constant('import' as const),
  list: fc.uniqueArray(items, { selector: ({ userId }) => userId, minLength: 1, maxLength: 3 }),
  options: fc.record({
    onExisting: fc.constantFrom(...ON_EXISTING),
    createMissingUsers: fc.boolean(),
    dryRun: fc.boolean(),
  }),
});
const uses = fc.oneof(
  fc.record({
    kind: fc.constant('useCode' as const),
    userId: fc.constantFrom(...USERS),
    code: fc.constantFrom(...CODES),
  }),
  fc.record({
    kind: fc.constant('useStep' as const),
    userId: fc.constantFrom(...USERS),
    seconds: fc.integer({ min: 0, max: 2e9 }),
  }),
);
const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: imports }, { weight: 2, arbitrary: uses }),
  {
    minLength: 8,
    maxLength: 16,
  },
);

/** What is stored of every user of a pool, opened, in the words of the model. */
async function readState({ store, vault }: Services, poolId: string): Promise<Model> {
  const survey = await store.rehearse((queries) => queries.bulk.surveyUsers(poolId, USERS));
  const missing = new Set(survey.missing);
  const codes = await store.rehearse((queries) => queries.bulk.findRecoveryCodes(poolId, USERS));
  const state: Model = new Map();
  for (const userId of USERS.filter((id) => !missing.has(id))) {
    const user: ModelUser = { codes: new Map() };
    for (const { user_id, code_id, sealed_digest, used_at } of codes) {
      if (user_id !== userId) continue;
      const matches = (text: string) =>
        matchesRecoveryCode(vault, sealed_digest, parseRecoveryCode(text) as RecoveryCode, {
          poolId,
          userId,
          codeId: code_id,
        });
      const text = CODES.find(matches) as string;
      expect(user.codes.has(text), 'no code is stored twice').toBe(false);
      user.codes.set(text, used_at !== null);
    }
    const row = await store.read.factors.find(poolId, userId);
    if (row !== undefined) {
      const secret = openFactorSeed(vault, row).toBase32();
      user.factor = { secret, digits: row.digits, period: row.period_seconds, lastStep: row.last_step };
    }
    state.set(userId, user);
  }
  return state;
}

const plain = (model: Model) =>
  [...model]
    .map(([id, { factor, codes }]) => [id, factor ?? null, Object.fromEntries([...codes].sort())])
    .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));

/** Uses a code or a step up, as an accepted verification would. */
async function use(
  model: Model,
  step: Exclude<Step, { kind: 'import' }>,
  update: (sql: string, values: (string | number)[]) => Promise<unknown>,
) {
  const user = model.get(step.userId);
  if (step.kind === 'useStep') {
    if (user?.factor === undefined) return;
    const lastStep = Math.max(user.factor.lastStep, Math.floor(step.seconds / user.factor.period));
    user.factor = { ...user.factor, lastStep };
    await update('update factor set last_step = $3 where pool_id = $1 and user_id = $2', [step.userId, lastStep]);
  } else if (user?.codes.get(step.code) === false) user.codes.set(step.code, true);
}

async function markUsed({ store, vault }: Services, poolId: string, userId: string, text: string) {
  const codes = await store.rehearse((queries) => queries.bulk.findRecoveryCodes(poolId, [userId]));
  const code = parseRecoveryCode(text) as RecoveryCode;
  return codes.find(
    ({ code_id, sealed_digest, used_at }) =>
      used_at === null && matchesRecoveryCode(vault, sealed_digest, code, { poolId, userId, codeId: code_id }),
  )?.code_id;
}

const usedUp = (user: ModelUser | undefined) =>
  user?.factor === undefined ? -1 : (user.factor.lastStep + 1) * user.factor.period;

/** What no import may ever do, whatever the model says. */
function expectNothingGoodAgain(before: Model, after: Model): void {
  for (const [userId, user] of before) {
    expect(usedUp(after.get(userId))).toBeGreaterThanOrEqual(usedUp(user));
    for (const [code, used] of user.codes) if (used) expect(after.get(userId)?.codes.get(code)).toBe(true);
  }
}

describe.each(ENGINES)('imports on %s', (engine) => {
  it('do what a simple model does, in any sequence, and the second of two equal ones changes nothing', async () => {
    await using opened = await openTestServices(engine);
    const { services, database } = opened;
    let pools = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const poolId = `pool ${pools++}`;
        await insertUsers(services, poolId, USERS.slice(0, 2));
        let model: Model = await readState(services, poolId);
        for (const step of history) {
          if (step.kind === 'import') model = await importBoth(services, poolId, model, step);
          else {
            const update = (sql: string, values: (string | number)[]) => runSql(database, sql, [poolId, ...values]);
            const codeId = step.kind === 'useCode' && (await markUsed(services, poolId, step.userId, step.code));
            if (codeId)
              await update('update recovery_code set used_at = 7 where pool_id = $1 and code_id = $2', [codeId]);
            await use(model, step, update);
          }
          expect(plain(await readState(services, poolId))).toEqual(plain(model));
        }
      }),
      { numRuns: engine === 'sqlite' ? 80 : 20 },
    );
    expect(opened.backgroundErrors).toEqual([]);
  });
});

async function importBoth(
  services: Services,
  poolId: string,
  model: Model,
  step: Extract<Step, { kind: 'import' }>,
): Promise<Model> {
  const expected = importInModel(model, step.list, step.options);
  if (expected === undefined) {
    const refused = importItems(services, poolId, step.list, step.options);
    await expect(refused).rejects.toBeInstanceOf(FactorportError);
    return model;
  }
  const counts = await importItems(services, poolId, step.list, step.options);
  expect(counts).toEqual({ ...expected.counts, weakSeeds: 0 });
  expect(counts.added + counts.replaced + counts.unchanged + counts.skipped).toBe(step.list.length);
  const state = await readState(services, poolId);
  expectNothingGoodAgain(model, state);
  const again = await importItems(services, poolId, step.list, step.options);
  if (!step.options.dryRun) {
    expect(again).toMatchObject({ added: 0, replaced: 0, usersCreated: 0, recoveryCodes: 0 });
  } else expect(again).toEqual(counts);
  expect(plain(await readState(services, poolId))).toEqual(plain(state));
  return expected.after;
}
