import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actorIn, openTestServices, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { expectAllOpen, importUsers, keysInUse, sealKeys } from './population.ts';

const ACTS = ['import', 'rotate', 'step', 'finish', 'restart', 'read', 'change master key'] as const;

/** Two processes on one database; each act is done by one of them. */
const acts = fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.constantFrom(0, 1)), { minLength: 5, maxLength: 25 });

describe.each(ENGINES)(
  'whatever the order of imports, rotations, changes of the master key and restarts: %s',
  (engine) => {
    it('every value opens, in both processes, and no key is gone that a value needs', {
      timeout: 180_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(acts, async (sequence) => {
          const first = await openTestServices(engine);
          const processes = [first, await openTestServices(engine, { database: first.database })];
          try {
            await play(processes, sequence);
          } finally {
            for (const one of processes) await one.close();
          }
        }),
        { numRuns: 12 },
      );
    });
  },
);

async function play(processes: TestServices[], sequence: readonly (readonly [(typeof ACTS)[number], number])[]) {
  let users = 0;
  for (const [act, index] of sequence) {
    const { services, poolId, database } = processes[index] as TestServices;
    if (act === 'import') {
      await importUsers(services, poolId, 3, users);
      users += 3;
    } else if (act === 'rotate') await services.vaultKeys.rotate(actorIn(poolId)).catch(() => undefined);
    else if (act === 'step') await services.vaultKeys.stepRotation();
    else if (act === 'finish') await services.vaultKeys.finishRotation();
    else if (act === 'change master key') await services.vaultKeys.changeMasterKey(actorIn(poolId));
    else if (act === 'restart') {
      await (processes[index] as TestServices).close();
      processes[index] = await openTestServices(database.engine, { database });
    } else if (users > 0) {
      const secret = await services.secretReader.read(actorIn(poolId), `user-${users - 1}`);
      expect(secret).toBe(plantedSeed(users - 1));
    }
    const present = await sealKeys(database);
    for (const keyId of await keysInUse(database)) expect(present).toContain(keyId);
  }
  for (const { services, poolId } of processes) await expectAllOpen(services, poolId, users);
}
