import type { ImportCounts, ImportOptions } from '../../src/import/entry.ts';
import { DEFAULT_IMPORT_OPTIONS } from '../../src/import/entry.ts';
import type { Services } from '../../src/services.ts';
import { readAuthingItem } from '../../src/sources/authing-item.ts';
import { actorIn } from '../store/open-services.ts';
import { userRow } from '../store/open-store.ts';

export interface Otp {
  readonly secret: string;
  readonly recoveryCodes?: readonly string[];
  readonly digits?: number;
  readonly period?: number;
}

export interface Item {
  readonly userId: string;
  readonly otp: Otp;
}

/** Imports a list the way the API does. */
export function importItems(
  services: Services,
  poolId: string,
  list: readonly unknown[],
  options: Partial<ImportOptions> = {},
): Promise<ImportCounts> {
  return services.importer.importList({
    actor: actorIn(poolId),
    list,
    readItem: readAuthingItem,
    options: { ...DEFAULT_IMPORT_OPTIONS, ...options },
    source: 'test',
  });
}

export async function insertUsers(services: Services, poolId: string, userIds: readonly string[]): Promise<void> {
  const rows = userIds.map((user_id) => userRow({ pool_id: poolId, user_id }));
  await services.store.transaction((queries) => queries.bulk.insertUsers(rows));
}
