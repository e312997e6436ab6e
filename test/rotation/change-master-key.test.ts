import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { masterKeyPath, readConfig } from '../../src/config.ts';
import type { FactorportError } from '../../src/errors/error.ts';
import { openServices } from '../../src/services.ts';
import { KEY_PURPOSES, rewrapRingKey } from '../../src/vault/key-ring.ts';
import { createMasterKeyFile, moveIntoPlace, newFileOf } from '../../src/vault/master-key/file.ts';
import { masterKeyFromText } from '../../src/vault/master-key/text.ts';
import { actorIn, openTestServices, type TestServices } from '../store/open-services.ts';
import { ENGINES, type TestDatabase } from '../support/engines.ts';
import { KMS_ENVIRONMENT, startFakeKms } from '../support/fake-kms.ts';
import { startFakeTransit } from '../support/fake-transit.ts';
import { runFactorport } from '../support/server-process.ts';
import { expectAllOpen, importUsers, keysInUse, rotate, sealKeyAfter } from './population.ts';

const codeOf = (error: unknown) => (error as FactorportError).code;
const previousFileOf = (path: string) => `${path}.previous`;
const read = (path: string) => readFileSync(path, 'utf8');

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The same database with other settings. */
function withSettings(database: TestDatabase, settings: Readonly<Record<string, string>>): TestDatabase {
  const environment = { ...database.environment, ...settings };
  return { ...database, environment, config: readConfig({}, environment) };
}

const change = ({ services, poolId }: TestServices) => services.vaultKeys.changeMasterKey(actorIn(poolId));

describe.each(ENGINES)('change of the master key in a file: %s', (engine) => {
  it('puts a new file in its place, keeps the old one, and needs no restart of whoever runs', async () => {
    await using running = await openTestServices(engine);
    const { services, poolId, database } = running;
    await importUsers(services, poolId, 20);
    const path = masterKeyPath(database.config);
    const before = read(path);
    await using command = await openTestServices(engine, { database });
    expect(await change(command)).toEqual({
      source: path,
      rewrapped: KEY_PURPOSES.length,
      keptFile: previousFileOf(path),
    });
    expect(read(path)).not.toBe(before);
    expect(read(previousFileOf(path))).toBe(before);
    expect(existsSync(newFileOf(path))).toBe(false);
    for (const file of [path, previousFileOf(path)]) expect(statSync(file).mode & 0o777).toBe(0o600);

    await expectAllOpen(services, poolId, 20);
    // The running process makes a ring key by the new master key, and so can whoever starts now.
    expect(await rotate(services, poolId)).toBe('finished');
    await using later = await openTestServices(engine, { database });
    await expectAllOpen(later.services, poolId, 20);
    expect(await keysInUse(database)).toEqual([sealKeyAfter(1)]);
    expect(await change(later)).toMatchObject({
      rewrapped: KEY_PURPOSES.length + 1,
      keptFile: `${previousFileOf(path)}.2`,
    });
    expect(read(previousFileOf(path))).toBe(before);
    await expectAllOpen(services, poolId, 20);
    await importUsers(services, poolId, 1, 20);
  });

  it('that was killed before the ring was wrapped anew leaves the old key in use, and can be done again', async () => {
    await using running = await openTestServices(engine);
    const { services, poolId, database } = running;
    await importUsers(services, poolId, 5);
    const path = masterKeyPath(database.config);
    const before = read(path);
    await createMasterKeyFile(newFileOf(path));
    const next = read(newFileOf(path));
    await using later = await openTestServices(engine, { database });
    expect(read(path)).toBe(before);
    await expectAllOpen(later.services, poolId, 5);
    await change(later);
    expect([read(path), read(previousFileOf(path))]).toEqual([next, before]);
    await expectAllOpen(services, poolId, 5);
  });

  it.each(['before it was moved', 'between the two moves'])(
    'that was killed %s is finished by the next start',
    async (moment) => {
      await using running = await openTestServices(engine);
      const { services, poolId, database } = running;
      await importUsers(services, poolId, 5);
      const path = masterKeyPath(database.config);
      const before = read(path);
      await createMasterKeyFile(newFileOf(path));
      const [old, next] = [masterKeyFromText(before, 'old'), masterKeyFromText(read(newFileOf(path)), 'next')];
      const ring = await services.store.read.ringKeys.list();
      const rewrapped = await Promise.all(ring.map((key) => rewrapRingKey(key, old, next)));
      await services.store.transaction((queries) =>
        queries.ringKeys.rewrap(rewrapped.filter((key) => key !== undefined)),
      );
      const text = read(newFileOf(path));
      if (moment === 'between the two moves') {
        await moveIntoPlace(path);
        // As it stands when the old key is linked and the new one is not yet renamed.
        renameSync(path, newFileOf(path));
        copyFileSync(previousFileOf(path), path);
      }
      const opened = await Promise.all(Array.from({ length: 3 }, () => openTestServices(engine, { database })));
      expect([read(path), read(previousFileOf(path))]).toEqual([text, before]);
      expect(existsSync(newFileOf(path))).toBe(false);
      for (const one of opened) {
        await expectAllOpen(one.services, poolId, 5);
        await one.close();
      }
      expect(await rotate(services, poolId)).toBe('finished');
    },
  );
});

describe('change of the master key killed at random moments', () => {
  it('leaves an installation that starts, with every value open, whatever the moment', {
    timeout: 120_000,
  }, async () => {
    await using prepared = await openTestServices('sqlite');
    const { poolId, database } = prepared;
    await importUsers(prepared.services, poolId, 5);
    const keys = new Set<string>();
    for (let kill = 0; kill < 12; kill++) {
      const words = ['vault', 'change-master-key'];
      await runFactorport(words, database.environment, { killAfterMs: 150 + Math.random() * 1_000 });
      keys.add(read(masterKeyPath(database.config)));
      await using later = await openTestServices('sqlite', { database });
      await expectAllOpen(later.services, poolId, 5);
    }
    console.log(`12 kills: ${keys.size - 1} changes done`);
    await expectAllOpen(prepared.services, poolId, 5);
    expect(await rotate(prepared.services, poolId)).toBe('finished');
  });
});

describe('change of the master key from one place to another', () => {
  it('from a file to AWS KMS, to Vault Transit, to a setting and back to a file, while one process runs on', async () => {
    for (const [name, value] of Object.entries(KMS_ENVIRONMENT)) vi.stubEnv(name, value);
    await using kms = await startFakeKms(['factorport']);
    await using transit = await startFakeTransit(['factorport']);
    await using running = await openTestServices('sqlite');
    const { services, poolId, database } = running;
    await importUsers(services, poolId, 20);
    const text = randomBytes(32).toString('base64');
    const places = [
      { FACTORPORT_MASTER_KEY_URI: kms.uri('factorport') },
      { FACTORPORT_MASTER_KEY_URI: 'hashivault://factorport', ...transit.environment },
      { FACTORPORT_MASTER_KEY: text },
    ] as const;
    const previous = [
      { FACTORPORT_MASTER_KEY_PREVIOUS: read(masterKeyPath(database.config)) },
      { FACTORPORT_MASTER_KEY_URI_PREVIOUS: kms.uri('factorport') },
      { FACTORPORT_MASTER_KEY_URI_PREVIOUS: 'hashivault://factorport', ...transit.environment },
    ] as const;
    for (const [index, place] of places.entries()) {
      const only = withSettings(database, place);
      expect(await openServices(only.config).catch(codeOf)).toBe('master_key_wrong');
      const both = withSettings(database, { ...place, ...previous[index] });
      await using restarted = await openTestServices('sqlite', { database: both });
      // Until it is changed, new ring keys are wrapped so that processes with the old setting can unwrap them.
      if (index === 0) {
        expect(await rotate(restarted.services, poolId)).toBe('finished');
        await expectAllOpen(services, poolId, 20);
      }
      expect(await change(restarted)).toMatchObject({ rewrapped: KEY_PURPOSES.length + 1 });
      expect(await change(restarted)).toMatchObject({ rewrapped: 0 });
      await using later = await openTestServices('sqlite', { database: only });
      await expectAllOpen(later.services, poolId, 20);
      await expectAllOpen(services, poolId, 20);
    }
    const back = withSettings(database, { FACTORPORT_MASTER_KEY_PREVIOUS: text });
    await using restarted = await openTestServices('sqlite', { database: back });
    await change(restarted);
    await using later = await openTestServices('sqlite', { database });
    await expectAllOpen(later.services, poolId, 20);
    const events = await services.store.read.audit.list(poolId, 100);
    expect(events.filter((event) => event.action === 'vault.change-master-key')).toHaveLength(4);
  });
});
