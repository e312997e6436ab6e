import { describe, expect, it } from 'vitest';
import { computeHotp } from '../../src/otp/hotp.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { codeAt } from '../conformance/support/codes.ts';
import { type PostAnswer, post, prepareDatabase } from '../faults/prepare.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { startServerProcess } from '../support/server-process.ts';

const REQUESTS = 500;
const PROCESSES = 3;
const SEED = plantedSeed(980);
const HOTP_SEED = plantedSeed(981);
const COUNTER = 41;

/** Each kind of code: how it is imported, the right one now, and how a second use of it is refused. */
const KINDS = [
  { kind: 'TOTP', userId: 'totp', otp: { secret: SEED }, code: () => codeAt(SEED, Date.now()), apiCode: 6001 },
  {
    kind: 'HOTP',
    userId: 'hotp',
    otp: { secret: HOTP_SEED, type: 'hotp', counter: COUNTER },
    code: () => computeHotp(parseSeed(HOTP_SEED) as Seed, COUNTER + 3, 'SHA1', 6),
    apiCode: 6001,
  },
  {
    kind: 'recovery',
    userId: 'recovery',
    otp: { secret: plantedSeed(982), recoveryCodes: [plantedCode(980), plantedCode(981)] },
    code: () => plantedCode(980),
    apiCode: 6002,
  },
];

describe.each(ENGINES)(`${REQUESTS} simultaneous requests with one valid code, to three servers on %s`, (engine) => {
  it.each(KINDS)('$kind: exactly one succeeds, and the rest count as no guess', async (kind) => {
    const { userId, otp, apiCode } = kind;
    const database = await createTestDatabase(engine);
    const { token } = await prepareDatabase(database, [userId]);
    await using stack = new AsyncDisposableStack();
    const servers = await Promise.all(
      Array.from({ length: PROCESSES }, () => startServerProcess(database.environment)),
    );
    for (const server of servers) stack.use(server);
    const urlOf = (index: number) => (servers[index % PROCESSES] as { url: string }).url;
    const imported = await post(urlOf(0), '/api/v3/import-otp', token, { list: [{ userId, otp }] });
    expect(imported.statusCode).toBe(200);

    const code = kind.code();
    const answers: PostAnswer[] = await Promise.all(
      Array.from({ length: REQUESTS }, (_, index) => post(urlOf(index), '/api/v1/otp/verify', token, { userId, code })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    for (const answer of refused) expect(answer).toMatchObject({ status: 400, apiCode, data: { verified: false } });

    const state = await fetch(`${urlOf(1)}/api/v1/factors/state?userId=${userId}`, {
      headers: { authorization: token },
    });
    expect(((await state.json()) as { data: unknown }).data).toMatchObject({ failures: 0, status: 'active' });
  });
});
