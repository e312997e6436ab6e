import { DEFAULT_PARAMETERS } from '../otp/parameters.ts';
import type { SealChange, SealedColumn } from '../store/queries/context.ts';
import type { Queries } from '../store/queries/index.ts';
import { SEALED_TABLES, type SealedRows, type SealedTable } from '../store/queries/sealed-values.ts';
import type { Engine } from '../store/store.ts';
import type { Sealed, SecretKind } from '../vault/sealed.ts';
import type { Sealer, Vault } from '../vault/vault.ts';

/** Where the scan of the tables has come to: the last row looked at. `undefined`: before the first, or behind the last. */
export interface Position {
  readonly table: SealedTable;
  readonly key: readonly string[];
}

export interface BatchResult {
  readonly position: Position | undefined;
  /** Values that a retired key has sealed, before the batch. */
  readonly met: number;
  readonly resealed: number;
  /** Those of them that do not open, with any key: their rows were changed. They are left as they are. */
  readonly broken: number;
}

/**
 * So many rows are looked at in one transaction. On SQLite everybody waits for it, some milliseconds; on PostgreSQL
 * nobody does.
 */
const ROWS_A_BATCH: Readonly<Record<Engine, number>> = { sqlite: 200, postgres: 1_000 };

const TABLES = Object.keys(SEALED_TABLES) as SealedTable[];

interface Reseal<Row> {
  readonly column: SealedColumn['column'];
  of(row: Row): Sealed<SecretKind>;
  again(sealer: Sealer, row: Row): Sealed<SecretKind>;
}

const SEED: Reseal<SealedRows['factor']> = {
  column: 'sealed_seed',
  of: (row) => row.sealed_seed,
  again: (sealer, { pool_id: poolId, user_id: userId, factor_id: factorId, sealed_seed: sealed, ...row }) => {
    const { type, algorithm, digits, period_seconds: periodSeconds } = row;
    return sealer.resealSeed(sealed, { poolId, userId, factorId, type, algorithm, digits, periodSeconds });
  },
};

const RECOVERY_DIGEST: Reseal<SealedRows['recovery_code']> = {
  column: 'sealed_digest',
  of: (row) => row.sealed_digest,
  again: (sealer, { pool_id: poolId, user_id: userId, code_id: codeId, sealed_digest: sealed }) =>
    sealer.resealRecoveryDigest(sealed, { poolId, userId, codeId }),
};

/** How the sealed values of each table are sealed anew: bound to the same place as before. */
const COLUMNS: { readonly [Table in SealedTable]: readonly Reseal<SealedRows[Table]>[] } = {
  factor: [SEED],
  previous_factor: [SEED],
  recovery_code: [RECOVERY_DIGEST],
  previous_recovery_code: [RECOVERY_DIGEST],
  access_key: [
    {
      column: 'sealed_secret',
      of: (row) => row.sealed_secret,
      again: (sealer, { pool_id: poolId, access_key_id: accessKeyId, scopes, sealed_secret: sealed }) =>
        sealer.resealAccessKeySecret(sealed, { poolId, accessKeyId, scopes }),
    },
  ],
  pending_enrolment: [
    {
      column: 'sealed_seed',
      of: (row) => row.sealed_seed,
      again: (sealer, { pool_id: poolId, user_id: userId, factor_id: factorId, sealed_seed: sealed }) =>
        sealer.resealSeed(sealed, { poolId, userId, factorId, ...DEFAULT_PARAMETERS }),
    },
    RECOVERY_DIGEST,
  ],
  import_job: [
    {
      column: 'sealed_secrets',
      of: (row) => row.sealed_secrets,
      again: (sealer, { pool_id: poolId, job_id: jobId, sealed_secrets: sealed }) =>
        sealer.resealJobSecrets(sealed, { poolId, jobId }),
    },
  ],
};

/**
 * Looks at the next rows and seals anew what a retired key has sealed. A row that others have changed meanwhile, or are
 * changing, is left for the next pass.
 */
export async function resealBatch(
  queries: Queries,
  vault: Vault,
  sealer: Sealer,
  retired: ReadonlySet<number>,
  from: Position | undefined,
  engine: Engine,
): Promise<BatchResult> {
  const table = from?.table ?? (TABLES[0] as SealedTable);
  const rows = await queries.sealedValues.after(table, from?.key, ROWS_A_BATCH[engine]);
  const result = { met: 0, resealed: 0, broken: 0 };
  for (const reseal of COLUMNS[table] as readonly Reseal<SealedRows[SealedTable]>[]) {
    const old = rows.filter((row) => retired.has(vault.keyIdOf(reseal.of(row))));
    await vault.learn(old.map(reseal.of));
    const changes = old.map((row) => changeOf(table, row, reseal, sealer)).filter((change) => change !== undefined);
    const where = { table, column: reseal.column, key: SEALED_TABLES[table] };
    result.met += old.length;
    result.broken += old.length - changes.length;
    if (changes.length > 0) result.resealed += await queries.bulk.replaceSeals(where, changes);
  }
  const last = rows.at(-1);
  const isWhole = rows.length === ROWS_A_BATCH[engine] && last !== undefined;
  return { ...result, position: isWhole ? { table, key: keyOf(table, last) } : nextTable(table) };
}

function changeOf(
  table: SealedTable,
  row: SealedRows[SealedTable],
  reseal: Reseal<SealedRows[SealedTable]>,
  sealer: Sealer,
): SealChange | undefined {
  try {
    return { key: keyOf(table, row), from: reseal.of(row), to: reseal.again(sealer, row) };
  } catch {
    return undefined;
  }
}

/** Before its first row: no key is smaller than one of empty texts. */
function nextTable(table: SealedTable): Position | undefined {
  const next = TABLES[TABLES.indexOf(table) + 1];
  return next === undefined ? undefined : { table: next, key: SEALED_TABLES[next].map(() => '') };
}

function keyOf(table: SealedTable, row: SealedRows[SealedTable]): string[] {
  return SEALED_TABLES[table].map((column) => (row as unknown as Record<string, string>)[column] as string);
}
