import { createHmac } from 'node:crypto';
import { openStore } from '../../src/open-store.ts';
import type { FactorTable, RecoveryCodeTable, UserTable } from '../../src/store/schema.ts';
import type { Engine, Store } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/engines.ts';

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  readonly database: TestDatabase;
}

/** A migrated database of its own, without anything in it. */
export async function openTestStore(engine: Engine): Promise<TestStore> {
  const database = await createTestDatabase(engine);
  const store = await openStore(database.config);
  await store.migrate();
  store.chainAudit(testDigest);
  return { store, database, [Symbol.asyncDispose]: () => store.close() };
}

/** Stands for the vault's, where there is only a store. */
export function testDigest(message: Uint8Array): Uint8Array {
  return createHmac('sha256', 'test').update(message).digest();
}

export function userRow(change: Partial<UserTable> = {}): UserTable {
  return {
    pool_id: 'pool',
    user_id: 'user',
    status: 'Activated',
    profile: '{}',
    created_at: 1,
    updated_at: 1,
    ...change,
  };
}

/** A row as the store takes it. The seal is no real one: the store never opens it. */
export function factorRow(change: Partial<FactorTable> = {}): FactorTable {
  return {
    pool_id: 'pool',
    user_id: 'user',
    factor_id: 'factor',
    type: 'totp',
    algorithm: 'SHA1',
    digits: 6,
    period_seconds: 30,
    counter: 0,
    sealed_seed: Buffer.from('no real seal') as Uint8Array as FactorTable['sealed_seed'],
    drift_steps: 0,
    last_step: -1,
    failures: 0,
    throttled_until: 0,
    source: 'test',
    imported_by: 'test',
    import_id: 'test',
    created_at: 1,
    updated_at: 1,
    last_used_at: null,
    ...change,
  };
}

export function codeRow(change: Partial<RecoveryCodeTable> = {}): RecoveryCodeTable {
  return {
    pool_id: 'pool',
    user_id: 'user',
    code_id: 'code',
    factor_id: 'factor',
    sealed_digest: Buffer.from('no real seal') as Uint8Array as RecoveryCodeTable['sealed_digest'],
    created_at: 1,
    used_at: null,
    origin: 'import',
    hardening: 'unneeded',
    ...change,
  };
}
