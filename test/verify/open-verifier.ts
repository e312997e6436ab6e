import { FactorportError } from '../../src/errors/error.ts';
import type { ErrorCode } from '../../src/errors/table.ts';
import type { OtpParameters } from '../../src/otp/parameters.ts';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import type { FactorTable } from '../../src/store/schema.ts';
import type { Engine } from '../../src/store/store.ts';
import { importItems } from '../import/importing.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { plantedSeed } from '../support/planted.ts';

export const START = Date.parse('2026-11-22T15:13:00Z');
export const PERIOD_MS = 30_000;
const USER = 'user';

export interface TestVerifier extends AsyncDisposable {
  readonly opened: TestServices;
  /** The time that the service sees; a test moves it. */
  now: number;
  import(seed?: number, otp?: object): Promise<unknown>;
  /** The code that an app with this seed shows some steps away from now. */
  code(offset?: number, seed?: number): string;
  /** What a verification says: `accepted`, or the code of the refusal. */
  verify(code: string): Promise<'accepted' | ErrorCode>;
  factor(): Promise<FactorTable>;
  /** Forgets every attempt and what was learnt from it. */
  reset(): Promise<unknown>;
}

/** A verifier with one user, whose clock stands where the test puts it. */
export async function openTestVerifier(
  engine: Engine,
  settings: Readonly<Record<string, string>> = {},
  parameters: OtpParameters = DEFAULT_PARAMETERS,
): Promise<TestVerifier> {
  let now = START;
  const opened = await openTestServices(engine, { clock: () => now, settings });
  const { services, poolId } = opened;
  const self: TestVerifier = {
    opened,
    get now() {
      return now;
    },
    set now(time) {
      now = time;
    },
    import: (seed = 960, otp = {}) =>
      importItems(services, poolId, [{ userId: USER, otp: { secret: plantedSeed(seed), ...otp } }], {
        createMissingUsers: true,
      }),
    code(offset = 0, seed = 960) {
      const step = timeStepAt(self.now, parameters.periodSeconds) + offset;
      return computeTotp(parseSeed(plantedSeed(seed)) as Seed, step, parameters);
    },
    verify: (code) => services.verifier.verify(actorIn(poolId), USER, code).then(() => 'accepted' as const, codeOf),
    async factor() {
      return (await services.store.read.factors.find(poolId, USER)) as FactorTable;
    },
    reset: () =>
      runSql(opened.database, 'update factor set last_step = -1, drift_steps = 0, failures = 0, throttled_until = 0'),
    [Symbol.asyncDispose]: () => opened.close(),
  };
  await self.import();
  return self;
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof FactorportError) return error.code;
  throw error;
}

/** A code that is none of those near now. */
export function wrongCode(verifier: TestVerifier): string {
  const near = Array.from({ length: 41 }, (_, index) => verifier.code(index - 20));
  return ['000000', '111111', '222222'].find((code) => !near.includes(code)) as string;
}
