import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../src/otp/base32.ts';
import type { OtpParameters } from '../../src/otp/parameters.ts';
import type { Engine } from '../../src/store/store.ts';
import { codeAt, wrongCodeAt } from '../conformance/support/codes.ts';
import { expectFailure, expectSuccess } from '../conformance/support/envelope.ts';
import { importItems } from '../import/importing.ts';
import { totpParameters } from '../otp/arbitraries.ts';
import { actorIn, openTestServices, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { SEED_MARKER } from '../support/planted.ts';
import { readExampleOtp } from '../support/seed-document.ts';
import { startTestServer } from '../support/test-server.ts';
import { START } from './open-verifier.ts';

const FACTORS = 10_000;
const FACTORS_A_LIST = 2_500;
/** Factors that are verified at one time, so that the service's clock stands at 200 of them. */
const FACTORS_A_TIME = 50;
/** Twenty thousand commits and more, on a machine that may be busy with other tests. */
const GIVE_UP_MS = 300_000;
/** Far beyond 2^32 seconds, and 2^32 steps of five seconds. */
const LATEST = Date.parse('3000-01-01T00:00:00Z');

/** An authenticator, and by how many steps its clock is off. */
interface Device {
  readonly bytes: Uint8Array;
  readonly parameters: OtpParameters;
  readonly stepsOff: number;
}

interface Numbered extends Device {
  readonly userId: string;
}

const devices: fc.Arbitrary<Device> = fc.record({
  // Of 88 to 1024 bits: longer than a block of the hash (RFC 2104 §2) too.
  bytes: fc
    .uint8Array({ minLength: 1, maxLength: 118, size: 'max' })
    .map((rest) => Uint8Array.from([...SEED_MARKER, ...rest])),
  parameters: totpParameters,
  stepsOff: fc.integer({ min: -1, max: 1 }),
});

/** The same ones in every run. */
const SAMPLE: readonly Numbered[] = fc
  .sample(devices, { numRuns: FACTORS, seed: 6238 })
  .map((device, index) => ({ ...device, userId: `device ${index}` }));
const TIMES = fc
  .sample(fc.integer({ min: START, max: LATEST }), { numRuns: FACTORS / FACTORS_A_TIME, seed: 4226 })
  // A clock never goes backwards.
  .toSorted((left, right) => left - right);

/** What the package `otpauth` shows some steps away from a time. */
function codeOf({ bytes, parameters }: Device, time: number, steps: number): string {
  const { algorithm, digits, periodSeconds: period } = parameters;
  const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
  return TOTP.generate({ secret, algorithm, digits, period, timestamp: time + steps * period * 1000 });
}

function asItem({ userId, bytes, parameters }: Numbered) {
  const { algorithm, digits, periodSeconds: period } = parameters;
  return { userId, otp: { secret: encodeBase32(bytes), algorithm, digits, period } };
}

/** A code two steps off that is none of the window by chance. */
function lateCode(device: Device, time: number): string | undefined {
  const window = [-1, 0, 1].map((steps) => codeOf(device, time, steps));
  return [-2, 2].map((steps) => codeOf(device, time, steps)).find((code) => !window.includes(code));
}

async function importSample({ services, poolId }: TestServices): Promise<void> {
  for (let start = 0; start < FACTORS; start += FACTORS_A_LIST) {
    const list = SAMPLE.slice(start, start + FACTORS_A_LIST).map(asItem);
    const counts = await importItems(services, poolId, list, { createMissingUsers: true });
    expect(counts.added).toBe(list.length);
  }
}

/** Which codes were refused, and why; empty where every one was accepted. */
async function refusalsOf(
  { services, poolId }: TestServices,
  attempts: readonly { userId: string; code: string }[],
): Promise<string[]> {
  const outcomes = attempts.map(({ userId, code }) =>
    services.verifier.verify(actorIn(poolId), userId, code).then(
      () => undefined,
      (error: Error) => `${userId}: ${(error as { code?: string }).code ?? error.message}`,
    ),
  );
  return (await Promise.all(outcomes)).filter((refusal) => refusal !== undefined);
}

describe.each(ENGINES)('%s: factors that were imported', (engine: Engine) => {
  it(
    `accept, once, the codes of ${FACTORS} authenticators of every kind, at any time, and none two steps off`,
    async () => {
      let now = START;
      await using opened = await openTestServices(engine, { clock: () => now });
      await importSample(opened);
      for (const [index, time] of TIMES.entries()) {
        now = time;
        const group = SAMPLE.slice(index * FACTORS_A_TIME, (index + 1) * FACTORS_A_TIME);
        const late = group.slice(0, FACTORS_A_TIME / 10).flatMap((device) => {
          const code = lateCode(device, time);
          return code === undefined ? [] : [{ userId: device.userId, code }];
        });
        const wrong = (userId: string) => `${userId}: code_wrong`;
        expect(await refusalsOf(opened, late)).toEqual(late.map(({ userId }) => wrong(userId)));
        const attempts = group.map((device) => ({
          userId: device.userId,
          code: codeOf(device, time, device.stepsOff),
        }));
        expect(await refusalsOf(opened, attempts)).toEqual([]);
        const again = attempts.slice(0, 2);
        expect(await refusalsOf(opened, again)).toEqual(again.map(({ userId }) => wrong(userId)));
      }
    },
    GIVE_UP_MS,
  );
});

describe('the sample', () => {
  it('has every algorithm with every number of digits, seeds longer than a block, and periods from end to end', () => {
    const kinds = new Set(SAMPLE.map(({ parameters }) => `${parameters.algorithm}/${parameters.digits}`));
    expect(kinds.size).toBe(9);
    const periods = SAMPLE.map(({ parameters }) => parameters.periodSeconds);
    expect([Math.min(...periods), Math.max(...periods)]).toEqual([5, 300]);
    const lengths = SAMPLE.map(({ bytes }) => bytes.length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([11, 128]);
    expect(lengths.filter((length) => length > 64).length).toBeGreaterThan(FACTORS / 10);
    expect(TIMES.at(-1)).toBeGreaterThan(2 ** 32 * 5_000);
  });
});

const example = readExampleOtp();

describe.skipIf(example === undefined).each(ENGINES)('%s: the example of the document of import-otp', (engine) => {
  it('verifies the codes of an independent authenticator once the SDK has imported it', async () => {
    const { secret, recoveryCode } = example as NonNullable<typeof example>;
    await using server = await startTestServer(engine);
    const client = await server.sdk();
    const { userId } = (await client.createUser({ username: 'xxxx' })).data;
    expect(await client.importOtp({ list: [{ userId, otp: { secret, recoveryCode } }] })).toMatchObject({
      statusCode: 200,
    });
    const token = await server.token();
    const verify = async (code: string) =>
      (await server.call('POST', '/api/v1/otp/verify', { token, body: { userId, code } })).body;
    const now = Date.now();
    expectFailure(await verify(wrongCodeAt(secret, now)), 400, 6001);
    const answer = await verify(codeAt(secret, now));
    expectSuccess(answer);
    expect(answer.data).toMatchObject({ verified: true });
    expectFailure(await verify(codeAt(secret, now)), 400, 6001);
    expectSuccess(await verify(codeAt(secret, now + 30_000)));
  });
});
