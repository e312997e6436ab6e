import type { ClientBase } from 'pg';
import type { BulkOperations } from '../queries/context.ts';
import { columnNames, FACTOR_ROWS, RECOVERY_CODE_ROWS, USER_ROWS } from '../rows.ts';
import { addClearFactors } from './clear-factors.ts';
import { copyPacked, copyRows } from './copy.ts';

/** COPY for what is new, a staging table for what replaces, arrays for what is looked up. */
export function postgresBulkOperations(client: ClientBase): BulkOperations {
  async function select<Row>(sql: string, values: unknown[]): Promise<Row[]> {
    const { rows } = await client.query(sql, values);
    return rows as Row[];
  }

  const operations: BulkOperations = {
    async lockPool(poolId, mode) {
      const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
      await client.query(`select ${lock}(hashtextextended('factorport pool ' || $1, 0))`, [poolId]);
    },
    async tryLockPool(poolId) {
      const [row] = await select<{ locked: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended('factorport pool ' || $1, 0)) as locked`,
        [poolId],
      );
      return row?.locked === true;
    },
    async surveyUsers(poolId, userIds) {
      // As JSON: the driver takes several times as long to write an array.
      const rows = await select<{ user_id: string; is_missing: boolean; has_factor: boolean; has_past: boolean }>(
        `select wanted.user_id, app_user.user_id is null as is_missing, factor.user_id is not null as has_factor,
           past.found as has_past
           from json_array_elements_text($2::json) as wanted (user_id)
           left join app_user on app_user.pool_id = $1 and app_user.user_id = wanted.user_id
           left join factor on factor.pool_id = $1 and factor.user_id = wanted.user_id
           cross join lateral (select
             exists (select from spent_factor as spent where spent.pool_id = $1 and spent.user_id = wanted.user_id) or
             exists (select from recovery_code as code where code.pool_id = $1 and code.user_id = wanted.user_id) as found
           ) as past
           where app_user.user_id is null or factor.user_id is not null or past.found`,
        [poolId, JSON.stringify(userIds)],
      );
      const idsWhere = (column: 'is_missing' | 'has_factor' | 'has_past') =>
        rows.filter((row) => row[column]).map((row) => row.user_id);
      return { missing: idsWhere('is_missing'), withFactor: idsWhere('has_factor'), withPast: idsWhere('has_past') };
    },
    async hasNewPast(poolId, userIds) {
      if (userIds.length === 0) return false;
      const rows = await select(
        `select from json_array_elements_text($2::json) as added (user_id)
           where exists (select from spent_factor as spent where spent.pool_id = $1 and spent.user_id = added.user_id)
             or exists (select from recovery_code as code
               where code.pool_id = $1 and code.user_id = added.user_id and code.used_at is not null)
           limit 1`,
        [poolId, JSON.stringify(userIds)],
      );
      return rows.length > 0;
    },
    async findFactors(poolId, userIds) {
      if (userIds.length === 0) return [];
      return select('select * from factor where pool_id = $1 and user_id = any($2) order by user_id for update', [
        poolId,
        userIds,
      ]);
    },
    findRecoveryCodes: (poolId, userIds) =>
      select('select * from recovery_code where pool_id = $1 and user_id = any($2)', [poolId, userIds]),
    addClearFactors: (poolId, userIds, factors, how) =>
      addClearFactors(client, operations, { poolId, userIds, factors, ...how }),
    insertPackedRecoveryCodes: (codes, leaveOut) => copyPacked(client, RECOVERY_CODE_ROWS, codes, leaveOut),
    async insertNewIdentifiers(rows) {
      if (rows.length === 0) return [];
      const added = await select<{ type: string; value: string; slot: string; user_id: string }>(
        `insert into user_identifier (pool_id, type, value, slot, user_id)
           select * from json_to_recordset($1::json) as given (pool_id text, type text, value text, slot text, user_id text)
           order by 1, 2, 3, 4
           on conflict do nothing returning type, value, slot, user_id`,
        [JSON.stringify(rows)],
      );
      const keyOf = (row: (typeof added)[number]) => JSON.stringify([row.type, row.value, row.slot, row.user_id]);
      const isAdded = new Set(added.map(keyOf));
      return rows.filter((row) => !isAdded.delete(keyOf(row)));
    },
    insertUsers: (rows) => copyRows(client, USER_ROWS, rows),
    insertFactors: (rows) => copyRows(client, FACTOR_ROWS, rows),
    async replaceFactors(rows) {
      if (rows.length === 0) return;
      const columns = columnNames(FACTOR_ROWS);
      const changes = columns.filter((column) => column !== 'pool_id' && column !== 'user_id');
      await client.query('create temporary table replacing_factor (like factor) on commit drop');
      await copyRows(client, FACTOR_ROWS, rows, 'replacing_factor');
      await client.query(
        `insert into factor (${columns.join(', ')}) select ${columns.join(', ')} from replacing_factor
           on conflict (pool_id, user_id) do update
           set ${changes.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      );
      await client.query('drop table replacing_factor');
    },
    insertRecoveryCodes: (rows) => copyRows(client, RECOVERY_CODE_ROWS, rows),
    async deleteUnusedRecoveryCodes(poolId, userIds) {
      await client.query('delete from recovery_code where pool_id = $1 and user_id = any($2) and used_at is null', [
        poolId,
        userIds,
      ]);
    },
    async deleteUnusedImportedRecoveryCodes(poolId, userIds) {
      await client.query(
        `delete from recovery_code where pool_id = $1 and user_id = any($2) and used_at is null and origin = 'import'`,
        [poolId, userIds],
      );
    },
    async replaceSeals({ table, column, key }, changes) {
      const names = key.map((_, index) => `key_${index}`);
      const places = names.map((_, index) => `$${index + 3}::text[]`);
      const isRow = (other: string) => key.map((name, index) => `found.${name} = ${other}.key_${index}`).join(' and ');
      // Rows that others are changing are left for later: waiting for them could end in a deadlock.
      const { rowCount } = await client.query(
        `with change as (
           select * from unnest($1::bytea[], $2::bytea[], ${places.join(', ')}) as given (old, new, ${names.join(', ')})
         ), held as (
           select change.* from ${table} found join change on ${isRow('change')} and found.${column} = change.old
             for update of found skip locked
         )
         update ${table} found set ${column} = held.new from held where ${isRow('held')}`,
        [
          changes.map((change) => change.from),
          changes.map((change) => change.to),
          ...key.map((_, index) => changes.map((change) => change.key[index])),
        ],
      );
      return rowCount ?? 0;
    },
  };
  return operations;
}
