import type { ClientBase } from 'pg';
import type { PackedRows } from '../packed.ts';
import type { BulkOperations } from '../queries/context.ts';
import { FACTOR_ROWS } from '../rows.ts';
import { LostRace } from '../store.ts';
import { copyPacked } from './copy.ts';

interface Clear {
  readonly poolId: string;
  readonly userIds: readonly (string | null)[];
  readonly factors: PackedRows;
  readonly leaveOut: ReadonlySet<number>;
  readonly likelyAll: boolean;
}

const NOTHING: ReadonlySet<number> = new Set();
const UNIQUE_VIOLATION = '23505';

/**
 * As `BulkOperations.addClearFactors`. Where most probably all can be added they are, and then it is looked whether they
 * could: nobody can add a factor for one of these users beside ours, so what is found then holds. Otherwise it is looked
 * first, and once more for what came and went meanwhile.
 */
export async function addClearFactors(
  client: ClientBase,
  operations: Pick<BulkOperations, 'surveyUsers' | 'hasNewPast'>,
  { poolId, userIds, factors, leaveOut, likelyAll }: Clear,
): Promise<ReadonlySet<number>> {
  const places = new Map<string, number>();
  for (const place of factors.owners) if (!leaveOut.has(place)) places.set(userIds[place] as string, place);
  const ids = [...places.keys()];
  if (ids.length === 0) return NOTHING;
  if (likelyAll && (await addAll())) return NOTHING;

  const { missing, withFactor, withPast } = await operations.surveyUsers(poolId, ids);
  const unclearIds = new Set([...missing, ...withFactor, ...withPast]);
  const unclear = new Set([...unclearIds].map((userId) => places.get(userId) as number));
  await copyPacked(client, FACTOR_ROWS, factors, new Set([...leaveOut, ...unclear]));
  const added = ids.filter((userId) => !unclearIds.has(userId));
  if (await operations.hasNewPast(poolId, added)) {
    throw new LostRace('a factor came and went while this batch was under way');
  }
  return unclear;

  async function addAll(): Promise<boolean> {
    await client.query('savepoint ahead');
    try {
      await copyPacked(client, FACTOR_ROWS, factors, leaveOut);
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      await client.query('rollback to savepoint ahead');
      return false;
    }
    if (await areClear()) return true;
    await client.query('rollback to savepoint ahead');
    return false;
  }

  /** By arrays, which an index answers in one go: three times as fast as a look-up for each user. */
  async function areClear(): Promise<boolean> {
    const { rows } = await client.query(
      `select (select count(*) from app_user where pool_id = $1 and user_id = any($2::text[])) = $3
         and not exists (select from spent_factor where pool_id = $1 and user_id = any($2::text[]))
         and not exists (select from recovery_code where pool_id = $1 and user_id = any($2::text[])) as are_clear`,
      [poolId, textArray(ids), ids.length],
    );
    return rows[0].are_clear;
  }
}

/** The text of an array, which the driver takes several times as long to write. */
function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
