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
export const USER = 'user';
/** A token of six digits. */
export const HOTP: OtpParameters = { type: 'hotp', algorithm: 'SHA1', digits: 6, periodSeconds: 0 };

export interface TestVerifier extends AsyncDisposable {
  readonly opened: TestServices;
  /** The time that the service sees; a test moves it. */
  now: number;
  import(seed?: number, otp?: object): Promise<unknown>;
  /** The code that an app with this seed shows some steps away from now, or a token at a counter. */
  code(offsetOrCounter?: number, seed?: number): string;
  /** What a verification says: `accepted`, or the code of the refusal. */
  verify(code: string): Promise<'accepted' | ErrorCode>;
  confirm(code: string): Promise<'accepted' | ErrorCode>;
  resync(first: string, second: string): Promise<'accepted' | ErrorCode>;
  /** A verification that must succeed, by a recovery code; gives the fresh one. */
  redeem(code: string): Promise<string>;
  codesLeft(): Promise<number>;
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
    import: (seed = 960, otp = otpOf(parameters)) =>
      importItems(services, poolId, [{ userId: USER, otp: { secret: plantedSeed(seed), ...otp } }], {
        createMissingUsers: true,
      }),
    code(offsetOrCounter = 0, seed = 960) {
      const { type, periodSeconds } = parameters;
      const first = type === 'hotp' ? 0 : timeStepAt(self.now, periodSeconds);
      return computeTotp(parseSeed(plantedSeed(seed)) as Seed, first + offsetOrCounter, parameters);
    },
    verify: (code) => outcomeOf(services.verifier.verify(actorIn(poolId), USER, code)),
    confirm: (code) => outcomeOf(services.verifier.confirm(actorIn(poolId), USER, code)),
    resync: (first, second) => outcomeOf(services.verifier.resync(actorIn(poolId), USER, [first, second])),
    async redeem(code) {
      const { method, freshRecoveryCode } = await services.verifier.verify(actorIn(poolId), USER, code);
      if (method !== 'recovery' || freshRecoveryCode === undefined) throw new Error(`taken as ${method}`);
      return freshRecoveryCode;
    },
    codesLeft: () => services.factors.countRecoveryCodes(poolId, USER),
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

/** As an import item says it. */
function otpOf({ type, algorithm, digits, periodSeconds }: OtpParameters): object {
  return type === 'hotp' ? { type, algorithm, digits, counter: 0 } : { type, algorithm, digits, period: periodSeconds };
}

const outcomeOf = (attempt: Promise<unknown>) => attempt.then(() => 'accepted' as const, codeOf);

function codeOf(error: unknown): ErrorCode {
  if (error instanceof FactorportError) return error.code;
  throw error;
}

/** A code that is none of those near now. */
export function wrongCode(verifier: TestVerifier): string {
  const near = Array.from({ length: 41 }, (_, index) => verifier.code(index - 20));
  return ['000000', '111111', '222222'].find((code) => !near.includes(code)) as string;
}
