import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { query, snapshot } from './support/database.ts';
import { expectFailure, UUID } from './support/envelope.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const NOTHING = {
  added: 0,
  replaced: 0,
  unchanged: 0,
  skipped: 0,
  usersCreated: 0,
  weakSeeds: 0,
  recoveryCodes: 0,
};

interface Otp {
  readonly secret: unknown;
  readonly recoveryCode?: unknown;
  readonly recoveryCodes?: unknown;
  readonly algorithm?: unknown;
  readonly digits?: unknown;
  readonly period?: unknown;
}

describe.each(ENGINES)('%s: import-otp', (engine) => {
  const now = Date.now();
  const server = useServer(engine, { clock: () => now });
  let token: string;
  beforeAll(async () => {
    token = await server().token();
  });

  const send = async (body: unknown) => (await server().call('POST', '/api/v3/import-otp', { token, body })).body;

  /** Imports for users who need not exist, and tells the counts. */
  const importFor = async (list: readonly { userId: string; otp: Otp }[], options: object = {}) =>
    send({ list, options: { createMissingUsers: true, ...options } });

  const verify = async (userId: string, code: string) =>
    (await server().call('POST', '/api/v1/otp/verify', { token, body: { userId, code } })).body.data.verified;

  const codeRows = async (userId: string) =>
    (await query(server(), `select * from recovery_code where user_id = '${userId}'`))[0] ?? [];

  it('the request of the document gets the answer of the document', async () => {
    const userId = uniqueName();
    await importFor([{ userId, otp: { secret: plantedSeed(1) } }]);
    const otp = { secret: 'HZ2F6J3AGNAVSOTV', recoveryCode: 'b471-8ec0-874a-087f-bccb-cd54' };
    const answer = await send({ list: [{ userId, otp }] });
    expect(answer).toEqual({ statusCode: 200, message: '操作成功', requestId: expect.stringMatching(UUID) });
    expect(await verify(userId, codeAt(otp.secret, now))).toBe(true);
  });

  it('without options a success has no data; with options, even empty ones, it has the counts', async () => {
    const userId = uniqueName();
    await importFor([{ userId, otp: { secret: plantedSeed(2) } }]);
    const list = [{ userId, otp: { secret: plantedSeed(3) } }];
    expect(await send({ list })).not.toHaveProperty('data');
    expect(await send({ list, options: null })).not.toHaveProperty('data');
    expect((await send({ list, options: {} })).data).toEqual({ ...NOTHING, unchanged: 1 });
    const nulls = { onExisting: null, createMissingUsers: null, dryRun: null };
    expect((await send({ list, options: nulls })).data).toEqual({ ...NOTHING, unchanged: 1 });
  });

  it('one bad item refuses the list: nothing is written, and each bad item is named by index, user, field, reason', async () => {
    const good = uniqueName();
    await importFor([{ userId: good, otp: { secret: plantedSeed(4) } }]);
    const before = await snapshot(server());
    const answer = await send({
      list: [
        { userId: good, otp: { secret: plantedSeed(5) } },
        { userId: 'nobody', otp: { secret: plantedSeed(6) } },
        { userId: 'nobody 2', otp: { secret: `${plantedSeed(7)}1` } },
        { userId: good, otp: { secret: plantedSeed(8) } },
        { userId: 'nobody 3', otp: { secret: plantedSeed(9), recoveryCode: 1 } },
        7,
      ],
    });
    expectFailure(answer, 400);
    expect(answer.data).toEqual({
      errorCount: 5,
      errors: [
        { index: 1, userId: 'nobody', field: 'userId', reason: 'user_not_found', message: expect.any(String) },
        { index: 2, userId: 'nobody 2', field: 'otp.secret', reason: 'not_base32', message: expect.any(String) },
        { index: 3, userId: good, field: 'userId', reason: 'duplicate_user', message: expect.any(String) },
        { index: 4, userId: 'nobody 3', field: 'otp.recoveryCode', reason: 'wrong_type', message: expect.any(String) },
        { index: 5, field: '', reason: 'not_an_object', message: expect.any(String) },
      ],
    });
    for (const { message } of answer.data.errors) expect(message).toMatch(/\p{Script=Han}/u);
    expect(await snapshot(server())).toEqual(before);
  });

  it('a hundred bad items are named, and more are counted', async () => {
    const list = Array.from({ length: 250 }, (_, index) => ({ userId: `n${index}`, otp: { secret: index } }));
    const { data } = await send({ list });
    expect(data.errorCount).toBe(250);
    expect(data.errors.map((error: { index: number }) => error.index)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('importing the same again changes nothing, and above all does not make a used code good again', async () => {
    const userId = uniqueName();
    const otp = { secret: plantedSeed(10), recoveryCode: plantedCode(10) };
    expect((await importFor([{ userId, otp }])).data).toMatchObject({ added: 1, recoveryCodes: 1 });
    const code = codeAt(otp.secret, now);
    expect(await verify(userId, code)).toBe(true);
    const before = await snapshot(server());
    const written = {
      secret: otp.secret.toLowerCase().replace(/(.{4})/g, '$1 '),
      recoveryCode: plantedCode(10).toUpperCase(),
    };
    expect((await importFor([{ userId, otp }])).data).toEqual({ ...NOTHING, unchanged: 1 });
    expect((await importFor([{ userId, otp: written }])).data).toEqual({ ...NOTHING, unchanged: 1 });
    expect(await snapshot(server())).toEqual(before);
    expect(await verify(userId, code)).toBe(false);
  });

  it('replacing a seed and then the first one again does not make a used code good again', async () => {
    const userId = uniqueName();
    const [first, second] = [{ secret: plantedSeed(11) }, { secret: plantedSeed(12) }];
    await importFor([{ userId, otp: first }]);
    const code = codeAt(first.secret, now);
    expect(await verify(userId, code)).toBe(true);
    expect((await importFor([{ userId, otp: second }])).data).toMatchObject({ replaced: 1 });
    expect((await importFor([{ userId, otp: first }])).data).toMatchObject({ replaced: 1 });
    expect(await verify(userId, code)).toBe(false);
  });

  it('onExisting replace: the new seed verifies and the old one does not', async () => {
    const userId = uniqueName();
    await importFor([{ userId, otp: { secret: plantedSeed(13), recoveryCode: plantedCode(13) } }]);
    const answer = await importFor([{ userId, otp: { secret: plantedSeed(14) } }], { onExisting: 'replace' });
    expect(answer.data).toEqual({ ...NOTHING, replaced: 1 });
    expect(await verify(userId, codeAt(plantedSeed(13), now))).toBe(false);
    expect(await verify(userId, codeAt(plantedSeed(14), now))).toBe(true);
    expect(await codeRows(userId)).toEqual([]);
  });

  it('onExisting skip: who has another seed keeps it, and the others are imported', async () => {
    const [old, fresh] = [uniqueName(), uniqueName()];
    await importFor([{ userId: old, otp: { secret: plantedSeed(15) } }]);
    const list = [old, fresh].map((userId) => ({ userId, otp: { secret: plantedSeed(16) } }));
    const answer = await importFor(list, { onExisting: 'skip' });
    expect(answer.data).toEqual({ ...NOTHING, skipped: 1, added: 1, usersCreated: 1 });
    expect(await verify(old, codeAt(plantedSeed(15), now))).toBe(true);
    expect(await verify(fresh, codeAt(plantedSeed(16), now))).toBe(true);
  });

  it('onExisting fail: another seed refuses the whole list, the same seed does not', async () => {
    const [old, fresh] = [uniqueName(), uniqueName()];
    const same = { userId: old, otp: { secret: plantedSeed(17) } };
    await importFor([same]);
    const before = await snapshot(server());
    const list = [fresh, old].map((userId) => ({ userId, otp: { secret: plantedSeed(18) } }));
    const refused = await importFor(list, { onExisting: 'fail' });
    expectFailure(refused, 400);
    expect(refused.data).toMatchObject({
      errorCount: 1,
      errors: [{ index: 1, userId: old, field: 'otp', reason: 'factor_exists' }],
    });
    expect(await snapshot(server())).toEqual(before);
    expect((await importFor([same], { onExisting: 'fail' })).data).toEqual({ ...NOTHING, unchanged: 1 });
  });

  it('dryRun writes nothing and counts what the real run then does', async () => {
    const [old, same, fresh] = [uniqueName(), uniqueName(), uniqueName()];
    await importFor([old, same].map((userId, index) => ({ userId, otp: { secret: plantedSeed(19 + index) } })));
    const list = [
      { userId: old, otp: { secret: plantedSeed(21), recoveryCode: plantedCode(21) } },
      { userId: same, otp: { secret: plantedSeed(20) } },
      {
        userId: fresh,
        otp: { secret: plantedSeed(22).slice(0, 16), recoveryCodes: [plantedCode(22), plantedCode(23)] },
      },
    ];
    const before = await snapshot(server());
    const rehearsed = await importFor(list, { dryRun: true });
    expect(await snapshot(server())).toEqual(before);
    expect(rehearsed.data).toEqual({
      ...NOTHING,
      added: 1,
      replaced: 1,
      unchanged: 1,
      usersCreated: 1,
      weakSeeds: 1,
      recoveryCodes: 3,
    });
    expect((await importFor(list)).data).toEqual(rehearsed.data);
  });

  it('createMissingUsers makes the users; without it, missing users refuse the list', async () => {
    const list = Array.from({ length: 3 }, (_, index) => ({
      userId: uniqueName('made 用户'),
      otp: { secret: plantedSeed(index) },
    }));
    expectFailure(await send({ list }), 400);
    expect((await importFor(list)).data).toMatchObject({ added: 3, usersCreated: 3 });
    const path = `/api/v3/get-user?userId=${encodeURIComponent(list[0]?.userId as string)}`;
    expect((await server().call('GET', path, { token })).body.data).toMatchObject({ status: 'Activated' });
  });

  it('a recovery code of null, or none, stores none; codes given are stored and cannot be read', async () => {
    const [none, nothing, one, several] = [uniqueName(), uniqueName(), uniqueName(), uniqueName()];
    await importFor([
      { userId: none, otp: { secret: plantedSeed(24) } },
      { userId: nothing, otp: { secret: plantedSeed(24), recoveryCode: null, recoveryCodes: null } },
      { userId: one, otp: { secret: plantedSeed(24), recoveryCode: plantedCode(24) } },
      {
        userId: several,
        otp: { secret: plantedSeed(24), recoveryCode: plantedCode(25), recoveryCodes: [plantedCode(26)] },
      },
    ]);
    const counts = [];
    for (const userId of [none, nothing, one, several]) counts.push((await codeRows(userId)).length);
    expect(counts).toEqual([0, 0, 1, 2]);
  });

  it('null for algorithm, digits and period means the default of the document: SHA1, 6, 30', async () => {
    const userId = uniqueName();
    await importFor([{ userId, otp: { secret: plantedSeed(27), algorithm: null, digits: null, period: null } }]);
    expect(await verify(userId, codeAt(plantedSeed(27), now))).toBe(true);
  });
});
