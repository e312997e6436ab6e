import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/open-store.ts';
import { openServices } from '../../../src/services.ts';
import { MIGRATIONS } from '../../../src/store/migrations/index.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../../support/engines.ts';
import { runSql } from '../open-services.ts';

const KNOWN = MIGRATIONS.length;
const versionsOf = (database: TestDatabase) => runSql(database, 'select version from schema_version order by version');
const allVersions = MIGRATIONS.map((_, index) => ({ version: index + 1 }));

/** Everything that stands in a database: the names of its tables, and its versions. */
async function contentsOf(database: TestDatabase): Promise<unknown> {
  const tables =
    database.engine === 'sqlite'
      ? 'select name, sql from sqlite_schema order by name'
      : `select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'
           order by table_name, ordinal_position`;
  return [await runSql(database, tables), await runSql(database, 'select * from schema_version order by version')];
}

describe.each(ENGINES)('migrations on %s', (engine) => {
  it('run by 8 stores at once leave one version, and a working schema', async () => {
    const database = await createTestDatabase(engine);
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(database.config)));
    try {
      const versions = await Promise.all(stores.map((store) => store.migrate()));
      expect(versions).toEqual(versions.map(() => ({ current: KNOWN, known: KNOWN })));
      expect(await versionsOf(database)).toEqual(allVersions);
      for (const store of stores) expect(await store.read.pools.findDefault()).toBeUndefined();
    } finally {
      for (const store of stores) await store.close();
    }
  });

  it('and first starts of 8 services at once make one pool and one key ring', async () => {
    const database = await createTestDatabase(engine);
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => openServices(database.config)));
    const services = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    try {
      expect(started.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []))).toEqual([]);
      expect(services.filter(({ isFirstStart }) => isFirstStart)).toHaveLength(1);
      expect(new Set(services.map(({ defaultPool }) => defaultPool.pool_id)).size).toBe(1);
      expect(
        new Set(services.map(({ vault }) => Buffer.from(vault.tokenKey('management-token')).toString('hex'))).size,
      ).toBe(1);
    } finally {
      for (const service of services) await service.close();
    }
  });

  it('run by several processes at once leave one version', async () => {
    const database = await createTestDatabase(engine);
    const url = (file: string) => JSON.stringify(new URL(`../../../src/${file}`, import.meta.url).href);
    const script = `
      const { readConfig } = await import(${url('config.ts')});
      const { openStore } = await import(${url('open-store.ts')});
      const store = await openStore(readConfig({}));
      console.log((await store.migrate()).current);
      await store.close();`;
    const environment = { ...process.env, ...database.environment };
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: environment }),
    );
    for (const { stdout } of await Promise.all(runs)) expect(stdout.trim()).toBe(String(KNOWN));
    expect(await versionsOf(database)).toEqual(allVersions);
  });

  it('run again change nothing', async () => {
    const database = await createTestDatabase(engine);
    const store = await openStore(database.config);
    expect(await store.schemaVersion()).toEqual({ current: 0, known: KNOWN });
    await store.migrate();
    const before = await contentsOf(database);
    await store.migrate();
    expect(await store.schemaVersion()).toEqual({ current: KNOWN, known: KNOWN });
    await store.close();
    expect(await contentsOf(database)).toEqual(before);
  });

  it('refuse a database of a newer program and leave it as it is', async () => {
    const database = await createTestDatabase(engine);
    await (await openServices(database.config)).close();
    await runSql(database, `insert into schema_version values (${KNOWN + 1}, 'of the future', 1)`);
    const before = await contentsOf(database);
    const newer = { code: 'database_newer', parameters: { found: KNOWN + 1, known: KNOWN } };
    await expect(openServices(database.config)).rejects.toMatchObject(newer);
    const store = await openStore(database.config);
    await expect(store.migrate()).rejects.toMatchObject(newer);
    await expect(store.schemaVersion()).rejects.toMatchObject(newer);
    await store.close();
    expect(await contentsOf(database)).toEqual(before);
  });
});
