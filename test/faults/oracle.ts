import { randomUUID } from 'node:crypto';
import { openFactorSeed } from '../../src/factors/open-factor-seed.ts';
import { parseRecoveryCode, type RecoveryCode } from '../../src/otp/recovery-code.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { FactorTable, RecoveryCodeTable } from '../../src/store/schema.ts';
import type { TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { matchesRecoveryCode } from '../vault/open-vault.ts';

/*
 * What the database must hold after a kill. A list is a fixed set of users that is imported again and again, each time
 * with other secrets: its version. Version 0 means that not even the users are there.
 */

export interface List {
  readonly number: number;
  readonly size: number;
  /** The last version that was answered with 200. */
  acknowledged: number;
  /** The last version that was sent. */
  sent: number;
}

/** The body of `import-otp` for a version of a list. It makes the users too, so that they belong to the same whole. */
export function importBody(list: List, version: number): string {
  const items = Array.from({ length: list.size }, (_, index) => ({
    userId: userIdOf(list, index),
    otp: {
      secret: plantedSeed(secretNumber(list, version, index)),
      recoveryCode: plantedCode(secretNumber(list, version, index)),
    },
  }));
  return JSON.stringify({ list: items, options: { createMissingUsers: true } });
}

/**
 * Opens everything that is stored of the lists, in this process, and says which version each has wholly.
 *
 * @throws where a user of a list differs from the others: that is what must never be
 */
export async function readVersions(database: TestDatabase, lists: readonly List[]): Promise<number[]> {
  const services = await openServices(database.config);
  try {
    const versions: number[] = [];
    for (const list of lists) versions.push(await readVersion(services, list));
    return versions;
  } finally {
    await services.close();
  }
}

/** How many imports the audit log tells of. */
export async function countAuditedImports(database: TestDatabase): Promise<number> {
  const services = await openServices(database.config);
  try {
    const events = await services.store.read.audit.list(services.defaultPool.pool_id, 100_000);
    return events.filter(({ action, result }) => action === 'otp.import' && result === 'ok').length;
  } finally {
    await services.close();
  }
}

async function readVersion(services: Services, list: List): Promise<number> {
  const poolId = services.defaultPool.pool_id;
  const userIds = Array.from({ length: list.size }, (_, index) => userIdOf(list, index));
  const users = await services.store.read.users.count(poolId, { userIds });
  const stored = await services.store.rehearse(async ({ bulk }) => ({
    factors: await bulk.findFactors(poolId, userIds),
    codes: await bulk.findRecoveryCodes(poolId, userIds),
  }));
  if (users + stored.factors.length + stored.codes.length === 0) return 0;
  const counts = [users, stored.factors.length, stored.codes.length];
  if (counts.some((count) => count !== list.size)) {
    throw new Error(`list ${list.number} of ${list.size}: users, factors, codes are ${counts.join(', ')}`);
  }
  const factors = new Map(stored.factors.map((factor) => [factor.user_id, factor]));
  const codes = new Map(stored.codes.map((code) => [code.user_id, code]));
  const versions = userIds.map((userId, index) =>
    versionOfUser(services, list, index, factors.get(userId), codes.get(userId)),
  );
  const [version] = versions;
  const odd = versions.findIndex((other) => other !== version);
  if (version === undefined || odd >= 0) {
    throw new Error(`list ${list.number}: user 0 has version ${version}, user ${odd} has ${versions[odd]}`);
  }
  return version;
}

/** Which of the versions sent this user's seed and recovery code belong to; `undefined` for none. */
function versionOfUser(
  services: Services,
  list: List,
  index: number,
  factor: FactorTable | undefined,
  code: RecoveryCodeTable | undefined,
): number | undefined {
  if (factor === undefined || code === undefined) return undefined;
  const poolId = services.defaultPool.pool_id;
  const userId = userIdOf(list, index);
  const secret = openFactorSeed(services.vault, { ...factor, pool_id: poolId } as FactorTable).toBase32();
  const candidates = [list.sent, list.sent - 1].filter((version) => version > 0);
  return candidates.find((version) => {
    const number = secretNumber(list, version, index);
    if (secret !== plantedSeed(number)) return false;
    const binding = { poolId, userId, codeId: code.code_id };
    return matchesRecoveryCode(services.vault, code.sealed_digest, codeOf(number), binding);
  });
}

function codeOf(number: number): RecoveryCode {
  const code = parseRecoveryCode(plantedCode(number));
  if (typeof code === 'string') throw new Error(code);
  return code;
}

const RUN = randomUUID().slice(0, 8);

function userIdOf(list: List, index: number): string {
  return `${RUN}-${list.number}-${index}`;
}

function secretNumber(list: List, version: number, index: number): number {
  return (list.number * 1_000 + version) * 10_000 + index;
}
