import type { SQLInputValue } from 'node:sqlite';
import { expect } from 'vitest';
import { newId } from '../../src/ids.ts';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseRecoveryCode, type RecoveryCode } from '../../src/otp/recovery-code.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { beginSealing } from '../../src/rotation/sealing.ts';
import type { Services } from '../../src/services.ts';
import type { PendingEnrolmentTable } from '../../src/store/schema.ts';
import { KEY_PURPOSES } from '../../src/vault/key-ring.ts';
import { importItems } from '../import/importing.ts';
import { actorIn, runSql, type TestServices } from '../store/open-services.ts';
import type { TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

/** Users with a factor and two recovery codes each, as items of an import. */
export function itemsOf(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    userId: `user-${from + index}`,
    otp: {
      secret: plantedSeed(from + index),
      recoveryCodes: [plantedCode(from + index), plantedCode(-1 - from - index)],
    },
  }));
}

export function importUsers(services: Services, poolId: string, count: number, from = 0) {
  return importItems(services, poolId, itemsOf(count, from), { createMissingUsers: true });
}

/** Puts an enrolment there that is waiting for its code. */
export async function insertPendingEnrolment(
  { services, poolId, database }: TestServices,
  userId: string,
): Promise<void> {
  const [factorId, codeId] = [newId(services.clock()), newId(services.clock())];
  const seed = parseSeed(plantedSeed(772)) as Seed;
  const code = parseRecoveryCode(plantedCode(772)) as RecoveryCode;
  const rows: PendingEnrolmentTable[] = [];
  await services.store.rehearse(async (queries) => {
    const sealer = await beginSealing(queries, services.vault);
    const row: PendingEnrolmentTable = {
      pool_id: poolId,
      user_id: userId,
      token_digest: Buffer.alloc(32),
      factor_id: factorId,
      sealed_seed: sealer.sealSeed(seed, { poolId, userId, factorId, ...DEFAULT_PARAMETERS }),
      code_id: codeId,
      sealed_digest: sealer.sealRecoveryCode(code, { poolId, userId, codeId }),
      failures: 0,
      expires_at: services.clock() + 60_000,
    };
    rows.push(row);
  });
  const values = Object.values(rows[0] as PendingEnrolmentTable) as SQLInputValue[];
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  const columns = Object.keys(rows[0] as PendingEnrolmentTable).join(', ');
  await runSql(database, `insert into pending_enrolment (${columns}) values (${places})`, values);
}

const SEALED = `select sealed_seed as sealed from factor union all select sealed_digest from recovery_code
  union all select sealed_secret from access_key union all select sealed_seed from pending_enrolment
  union all select sealed_digest from pending_enrolment`;

/** The ids of the keys that what is stored was sealed with, ascending. */
export async function keysInUse(database: TestDatabase): Promise<number[]> {
  const rows = await runSql(database, SEALED);
  const ids = rows.map((row) => Buffer.from(row.sealed as Uint8Array).readUInt32BE(1));
  return [...new Set(ids)].sort((left, right) => left - right);
}

/** The ids of the seal keys that are there, ascending. */
export async function sealKeys(database: TestDatabase): Promise<number[]> {
  const rows = await runSql(database, `select key_id from ring_key where purpose = 'seal' order by key_id`);
  return rows.map((row) => Number(row.key_id));
}

/**
 * Opens everything: importing the same again says "unchanged" only of what opens and is what was imported, and opens
 * the digests of the codes; those that have their Argon2id layer by now it writes again.
 */
export async function expectAllOpen(services: Services, poolId: string, users: number, from = 0): Promise<void> {
  const counts = await importItems(services, poolId, itemsOf(users, from));
  expect(counts).toMatchObject({ unchanged: users, added: 0, replaced: 0 });
  for (const key of await services.accessKeys.list(poolId)) {
    expect(await services.accessKeys.unlock(key.accessKeyId)).toBeDefined();
  }
}

/** The id of the newest seal key after so many rotations, each of which makes a seal key and a token key. */
export function sealKeyAfter(rotations: number): number {
  return rotations === 0 ? 1 : KEY_PURPOSES.length - 1 + 2 * rotations;
}

/** Rotates to the end. */
export async function rotate(services: Services, poolId: string) {
  await services.vaultKeys.rotate(actorIn(poolId));
  return services.vaultKeys.finishRotation();
}
