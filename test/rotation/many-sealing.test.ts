import { describe, expect, it } from 'vitest';
import { importItems } from '../import/importing.ts';
import { actorIn, openTestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';

/** More than there are connections to PostgreSQL. */
const USERS = Array.from({ length: 24 }, (_, index) => `user-${index}`);

describe.each(ENGINES)('a key that another process has made on %s', (engine) => {
  it('is learnt by any number of transactions that seal at once', async () => {
    await using here = await openTestServices(engine);
    await using there = await openTestServices(engine, { database: here.database });
    const { services, poolId } = here;
    const items = USERS.map((userId) => ({ userId, otp: { secret: plantedSeed(965) } }));
    await importItems(services, poolId, items, { createMissingUsers: true });
    const before = services.vault.sealKeyId();
    await there.services.vaultKeys.rotate(actorIn(poolId));
    const issued = await Promise.all(
      USERS.map((userId) => services.factors.issueRecoveryCodes(actorIn(poolId), userId, 2)),
    );
    expect(issued.every((codes) => codes.length === 2)).toBe(true);
    expect(services.vault.sealKeyId()).toBeGreaterThan(before);
  });
});
