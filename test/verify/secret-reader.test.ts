import { describe, expect, it } from 'vitest';
import { actorIn, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { openTestVerifier } from './open-verifier.ts';

describe.each(ENGINES)('reading a secret back on %s', (engine) => {
  it('leaves its audit event, and none where the seal does not open', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import();
    const { services, poolId, database } = verifier.opened;
    const { user_id: userId } = await verifier.factor();
    const readings = async () => {
      const events = await services.store.read.audit.list(poolId, 100);
      return events.filter((event) => event.action === 'otp.read-secret').map((event) => event.user_id);
    };

    expect(await services.secretReader.read(actorIn(poolId), userId)).toBe(plantedSeed(960));
    expect(await readings()).toEqual([userId]);

    await runSql(database, 'update factor set digits = 8');
    const broken = services.secretReader.read(actorIn(poolId), userId);
    await expect(broken).rejects.toMatchObject({ code: 'seal_broken' });
    expect(await readings()).toEqual([userId]);
  });
});
