import type { SQLInputValue } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { PackedColumn, PackedRows } from '../packed.ts';
import type { BulkOperations } from '../queries/context.ts';
import { type BulkTable, columnNames, FACTOR_ROWS, RECOVERY_CODE_ROWS, USER_ROWS } from '../rows.ts';
import type { FactorTable, RecoveryCodeTable } from '../schema.ts';
import type { SqliteConnection } from './connection.ts';

/** SQLite works on the event loop's thread: after so many rows, what else waits gets its turn. */
const ROWS_A_TURN = 2_000;

/** Fewer than those: a job runs for minutes beside verifications. */
const PACKED_ROWS_A_TURN = 250;

/** Lets a factor in only if its user exists, has none, and has nothing used up that it would have to take over. */
const CLEAR_FACTOR = `where exists (select 1 from app_user where pool_id = ?1 and user_id = ?2)
  and not exists (select 1 from spent_factor where pool_id = ?1 and user_id = ?2)
  and not exists (select 1 from recovery_code where pool_id = ?1 and user_id = ?2)
  on conflict do nothing`;

/** One prepared statement, run for each row inside the caller's transaction. */
export function sqliteBulkOperations(connection: SqliteConnection): BulkOperations {
  async function eachTurn<Item>(items: readonly Item[], work: (items: readonly Item[]) => void): Promise<void> {
    for (let start = 0; start < items.length; start += ROWS_A_TURN) {
      if (start > 0) await setImmediate();
      work(items.slice(start, start + ROWS_A_TURN));
    }
  }

  async function findByUsers<Row>(
    table: string,
    columns: string,
    poolId: string,
    userIds: readonly string[],
  ): Promise<Row[]> {
    const rows: Row[] = [];
    // "cross join" keeps SQLite from reading the whole table once for every value.
    const statement = connection.prepare(
      `select ${columns} from json_each(?) as wanted cross join ${table} as found on found.pool_id = ? and found.user_id = wanted.value`,
    );
    await eachTurn(userIds, (some) => {
      for (const row of statement.all(JSON.stringify(some), poolId)) rows.push(row as Row);
    });
    return rows;
  }

  async function write<Row>(
    table: BulkTable<Row>,
    verb: 'insert' | 'insert or replace',
    rows: readonly Row[],
  ): Promise<void> {
    const columns = columnNames(table);
    const places = columns.map(() => '?').join(', ');
    const statement = connection.prepare(`${verb} into ${table.name} (${columns.join(', ')}) values (${places})`);
    const values: SQLInputValue[] = new Array(columns.length);
    await eachTurn(rows, (some) => {
      for (const row of some) {
        columns.forEach((column, index) => {
          values[index] = row[column] as SQLInputValue;
        });
        statement.run(...values);
      }
    });
  }

  /** @param onLeft told of the owner of each row that the condition kept out */
  async function writePacked<Row>(
    table: BulkTable<Row>,
    values: 'values' | typeof CLEAR_FACTOR,
    { count, owners, content }: PackedRows,
    leaveOut: ReadonlySet<number> | undefined,
    onLeft?: (place: number) => void,
  ): Promise<void> {
    if (content.form !== 'columns') throw new Error('rows packed for another engine');
    const names = columnNames(table);
    const places = names.map((_, index) => `?${index + 1}`).join(', ');
    const source = values === 'values' ? `values (${places})` : `select ${places} ${values}`;
    const statement = connection.prepare(`insert into ${table.name} (${names.join(', ')}) ${source}`);
    const row: SQLInputValue[] = content.columns.map((column) => (column.kind === 'same' ? column.value : null));
    const varying = [...content.columns.entries()].filter(([, column]) => column.kind !== 'same');
    for (let index = 0; index < count; index++) {
      if (index % PACKED_ROWS_A_TURN === PACKED_ROWS_A_TURN - 1) await setImmediate();
      const owner = owners[index] as number;
      if (leaveOut?.has(owner)) continue;
      for (const [column, packed] of varying) row[column] = valueAt(packed, index);
      const { changes } = statement.run(...row);
      if (changes === 0) onLeft?.(owner);
    }
  }

  async function deleteByUsers(condition: string, poolId: string, userIds: readonly string[]): Promise<void> {
    const statement = connection.prepare(`delete from recovery_code where pool_id = ? and user_id = ?${condition}`);
    await eachTurn(userIds, (some) => {
      for (const userId of some) statement.run(poolId, userId);
    });
  }

  return {
    // A write transaction of SQLite keeps every other one out already.
    lockPool: async () => undefined,
    tryLockPool: async () => true,
    async surveyUsers(poolId, userIds) {
      const survey = { missing: [] as string[], withFactor: [] as string[], withPast: [] as string[] };
      const statement = connection.prepare(
        `select wanted.value as user_id, app_user.user_id is null as is_missing, factor.user_id is not null as has_factor,
           exists (select 1 from spent_factor as spent where spent.pool_id = ?2 and spent.user_id = wanted.value) or
             exists (select 1 from recovery_code as code where code.pool_id = ?2 and code.user_id = wanted.value) as has_past
           from json_each(?1) as wanted
           left join app_user on app_user.pool_id = ?2 and app_user.user_id = wanted.value
           left join factor on factor.pool_id = ?2 and factor.user_id = wanted.value
           where app_user.user_id is null or factor.user_id is not null or has_past`,
      );
      await eachTurn(userIds, (some) => {
        for (const row of statement.all(JSON.stringify(some), poolId)) {
          const userId = row.user_id as string;
          if (row.is_missing) survey.missing.push(userId);
          if (row.has_factor) survey.withFactor.push(userId);
          if (row.has_past) survey.withPast.push(userId);
        }
      });
      return survey;
    },
    hasNewPast: async () => false,
    findFactors: (poolId, userIds) => findByUsers<FactorTable>('factor', 'found.*', poolId, userIds),
    findRecoveryCodes: (poolId, userIds) => findByUsers<RecoveryCodeTable>('recovery_code', 'found.*', poolId, userIds),
    async addClearFactors(_poolId, _userIds, factors, { leaveOut }) {
      const unclear = new Set<number>();
      await writePacked(FACTOR_ROWS, CLEAR_FACTOR, factors, leaveOut, (place) => unclear.add(place));
      return unclear;
    },
    insertPackedRecoveryCodes: (codes, leaveOut) => writePacked(RECOVERY_CODE_ROWS, 'values', codes, leaveOut),
    async insertNewIdentifiers(rows) {
      const statement = connection.prepare(
        'insert into user_identifier (pool_id, type, value, slot, user_id) values (?, ?, ?, ?, ?) on conflict do nothing',
      );
      return rows.filter((row) => statement.run(row.pool_id, row.type, row.value, row.slot, row.user_id).changes === 0);
    },
    insertUsers: (rows) => write(USER_ROWS, 'insert', rows),
    insertFactors: (rows) => write(FACTOR_ROWS, 'insert', rows),
    replaceFactors: (rows) => write(FACTOR_ROWS, 'insert or replace', rows),
    insertRecoveryCodes: (rows) => write(RECOVERY_CODE_ROWS, 'insert', rows),
    deleteUnusedRecoveryCodes: (poolId, userIds) => deleteByUsers(' and used_at is null', poolId, userIds),
    deleteUnusedImportedRecoveryCodes: (poolId, userIds) =>
      deleteByUsers(" and used_at is null and origin = 'import'", poolId, userIds),
    async replaceSeals({ table, column, key }, changes) {
      const condition = key.map((name) => `${name} = ?`).join(' and ');
      const statement = connection.prepare(`update ${table} set ${column} = ? where ${condition} and ${column} = ?`);
      return changes.reduce(
        (sum, change) => sum + Number(statement.run(change.to, ...change.key, change.from).changes),
        0,
      );
    },
  };
}

function valueAt(column: PackedColumn, index: number): SQLInputValue {
  if (column.kind === 'same') return column.value;
  if (column.kind === 'each') return column.values[index] as SQLInputValue;
  const start = index === 0 ? 0 : column.ends[index - 1];
  const end = column.ends[index];
  return column.kind === 'text' ? column.text.slice(start, end) : column.bytes.subarray(start, end);
}
