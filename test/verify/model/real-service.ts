import { FactorportError } from '../../../src/errors/error.ts';
import type { ErrorCode } from '../../../src/errors/table.ts';
import type { FactorTable } from '../../../src/store/schema.ts';
import type { Engine } from '../../../src/store/store.ts';
import { importItems } from '../../import/importing.ts';
import { actorIn, openTestServices, type TestServices } from '../../store/open-services.ts';
import { createTestDatabase, type TestDatabase } from '../../support/engines.ts';

const USER = 'user';

/** The service under test, with one user, a clock that the test moves, and restarts. */
export interface RealService extends AsyncDisposable {
  now: number;
  import(secret: string, recoveryCodes: readonly string[]): Promise<void>;
  verify(code: string): Promise<'accepted' | ErrorCode>;
  redeem(code: string): Promise<{ outcome: 'accepted' | ErrorCode; fresh: string | undefined }>;
  resync(codes: readonly [string, string]): Promise<'accepted' | ErrorCode>;
  unlock(): Promise<'accepted' | ErrorCode>;
  reset(): Promise<'accepted' | ErrorCode>;
  restart(): Promise<void>;
  factor(): Promise<FactorTable>;
}

export async function openRealService(engine: Engine, start: number): Promise<RealService> {
  let now = start;
  const database: TestDatabase = await createTestDatabase(engine);
  const open = (): Promise<TestServices> => openTestServices(engine, { clock: () => now, database });
  let opened = await open();
  const actor = () => actorIn(opened.poolId);
  const outcomeOf = (work: Promise<unknown>) => work.then(() => 'accepted' as const, codeOf);

  return {
    get now() {
      return now;
    },
    set now(time) {
      now = time;
    },
    async import(secret, recoveryCodes) {
      const item = { userId: USER, otp: { secret, recoveryCodes } };
      await importItems(opened.services, opened.poolId, [item], { createMissingUsers: true });
    },
    verify: (code) => outcomeOf(opened.services.verifier.verify(actor(), USER, code)),
    async redeem(code) {
      try {
        const { freshRecoveryCode } = await opened.services.verifier.verify(actor(), USER, code);
        return { outcome: 'accepted', fresh: freshRecoveryCode };
      } catch (error) {
        return { outcome: codeOf(error), fresh: undefined };
      }
    },
    resync: (codes) => outcomeOf(opened.services.verifier.resync(actor(), USER, codes)),
    unlock: () => outcomeOf(opened.services.factors.unlock(actor(), USER)),
    reset: () => outcomeOf(opened.services.factors.reset(actor(), USER)),
    async restart() {
      await opened.close();
      opened = await open();
    },
    async factor() {
      return (await opened.services.store.read.factors.find(opened.poolId, USER)) as FactorTable;
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof FactorportError) return error.code;
  throw error;
}
