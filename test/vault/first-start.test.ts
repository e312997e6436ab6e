import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, masterKeyPath, readConfig } from '../../src/config.ts';
import { openStore } from '../../src/open-store.ts';
import { openVault } from '../../src/open-vault.ts';
import { openServices } from '../../src/services.ts';
import { runSql } from '../store/open-services.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';

async function startedDatabase(engine: (typeof ENGINES)[number]): Promise<TestDatabase> {
  const database = await createTestDatabase(engine);
  const services = await openServices(database.config);
  expect(services.isFirstStart).toBe(true);
  await services.close();
  return database;
}

const configOf = ({ environment }: TestDatabase, change: Record<string, string>): Config =>
  readConfig({}, { ...environment, ...change });

const ringOf = (database: TestDatabase) => runSql(database, 'select * from ring_key order by key_id');

describe.each(ENGINES)('starting on %s', (engine) => {
  it('again opens the same key ring and makes nothing new', async () => {
    const database = await startedDatabase(engine);
    const before = await ringOf(database);
    const services = await openServices(database.config);
    expect(services.isFirstStart).toBe(false);
    await services.close();
    expect(await ringOf(database)).toEqual(before);
    expect(await runSql(database, 'select * from pool')).toHaveLength(1);
  });

  it('while another process makes key and ring, between the look for the one and for the other, finds both', async () => {
    const database = await createTestDatabase(engine);
    const store = await openStore(database.config);
    await store.migrate();
    let isFirstLook = true;
    const list = async () => {
      if (isFirstLook) {
        isFirstLook = false;
        await (await openServices(database.config)).close();
      }
      return store.read.ringKeys.list();
    };
    const slow = { ...store, read: { ...store.read, ringKeys: { ...store.read.ringKeys, list } } };
    try {
      expect(await openVault(database.config, slow, Date.now)).toMatchObject({ isFirstStart: false });
    } finally {
      await store.close();
    }
  });

  it('with another master key is refused and changes nothing', async () => {
    const database = await startedDatabase(engine);
    const before = await ringOf(database);
    const wrong = configOf(database, { FACTORPORT_MASTER_KEY: randomBytes(32).toString('hex') });
    await expect(openServices(wrong)).rejects.toMatchObject({ code: 'master_key_wrong' });
    writeFileSync(masterKeyPath(database.config), randomBytes(32).toString('base64'));
    await expect(openServices(database.config)).rejects.toMatchObject({ code: 'master_key_wrong' });
    expect(await ringOf(database)).toEqual(before);
  });

  it('without the master key is refused, and no new one is put in its place', async () => {
    const database = await startedDatabase(engine);
    const path = masterKeyPath(database.config);
    renameSync(path, `${path}.away`);
    await expect(openServices(database.config)).rejects.toMatchObject({
      code: 'master_key_missing',
      parameters: { path },
    });
    expect(existsSync(path)).toBe(false);
    renameSync(`${path}.away`, path);
    await (await openServices(database.config)).close();
  });

  it('with a malformed master key is refused before a key ring is made', async () => {
    const database = await createTestDatabase(engine);
    const malformed = configOf(database, { FACTORPORT_MASTER_KEY: 'too short' });
    await expect(openServices(malformed)).rejects.toMatchObject({ code: 'master_key_malformed' });
    const store = await openStore(database.config);
    expect(await store.read.ringKeys.list()).toEqual([]);
    await store.close();
  });

  it('takes the master key from the setting and then makes no file', async () => {
    const database = await createTestDatabase(engine);
    const config = configOf(database, { FACTORPORT_MASTER_KEY: randomBytes(32).toString('base64') });
    for (const isFirstStart of [true, false]) {
      const services = await openServices(config);
      expect(services.isFirstStart).toBe(isFirstStart);
      await services.close();
    }
    expect(existsSync(masterKeyPath(config))).toBe(false);
  });
});
