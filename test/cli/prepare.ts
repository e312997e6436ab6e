import { readConfig } from '../../src/config.ts';
import { LOCKED_UNTIL } from '../../src/factors/factor-state.ts';
import { computeHotp } from '../../src/otp/hotp.ts';
import { Seed } from '../../src/otp/seed.ts';
import { openServices } from '../../src/services.ts';
import { importItems } from '../import/importing.ts';
import { plantedCode, plantedSeed, plantedSeedBytes } from '../support/planted.ts';

const TOKEN = 1_700;

/** What `{code N}` in a command stands for: what the token of alice shows at a counter. */
export function tokenCode(counter: number): string {
  return computeHotp(new Seed(plantedSeedBytes(TOKEN)), counter, 'SHA1', 6);
}

/** Does what the first line of a transcript says: a first start, and users with their factors. */
export async function prepare(firstLine: string): Promise<void> {
  if (!firstLine.startsWith('# After a first start')) return;
  const services = await openServices(readConfig({}));
  const poolId = services.defaultPool.pool_id;
  if (firstLine.includes('with a token of alice and a locked app of bob')) {
    const alice = { secret: plantedSeed(TOKEN), type: 'hotp', counter: 0, recoveryCodes: [plantedCode(TOKEN)] };
    const list = [
      { userId: 'alice', otp: alice },
      { userId: 'bob', otp: { secret: plantedSeed(TOKEN + 1), algorithm: 'SHA256', digits: 8, period: 60 } },
    ];
    await importItems(services, poolId, list, { createMissingUsers: true });
    const { factorId } = await services.factors.find(poolId, 'bob');
    const state = { factorId, lastStep: -1, counter: 0, failures: 0 };
    const locked = { ...state, failures: 100, throttledUntil: LOCKED_UNTIL, driftSteps: -2, lastUsedAt: null };
    await services.store.transaction(({ factors }) => factors.change(poolId, 'bob', state, locked, Date.now()));
  }
  await services.close();
}
