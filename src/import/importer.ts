import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Queries } from '../store/queries/index.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { type Changes, decideAll } from './decide-all.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { type ReadItem, readList } from './read-list.ts';

export interface ImportRequest {
  readonly actor: Actor;
  readonly list: readonly unknown[];
  readonly readItem: ReadItem;
  readonly options: ImportOptions;
  /** Where the items come from, as the factor's row will say: `api`, or the name of a format. */
  readonly source: string;
}

export interface Importer {
  /**
   * Imports a list, all or nothing, in one transaction that also holds its audit event. Doing it again changes nothing.
   *
   * @throws `import_refused` with every reason where an item cannot be accepted; then nothing was written
   */
  importList(request: ImportRequest): Promise<ImportCounts>;
  /** Imports one user's entry inside a transaction of the caller's, in which the user was just made. */
  importForNewUser(queries: Queries, actor: Actor, entry: ImportEntry, source: string): Promise<void>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

/** So many problems are told one by one; the rest are counted. */
const TOLD_PROBLEMS = 100;

export function createImporter({ store, vault, audit, clock }: Dependencies): Importer {
  async function importEntries(
    queries: Queries,
    request: Omit<ImportRequest, 'list' | 'readItem'>,
    entries: readonly ImportEntry[],
  ) {
    const { actor, options } = request;
    const { poolId } = actor;
    const now = clock();
    await queries.bulk.lockPool(poolId, 'shared');
    const missing = await findMissingEntries(queries, poolId, entries);
    if (missing.length > 0 && !options.createMissingUsers) {
      throw refusal(missing.map(userNotFound), entries.length);
    }
    await createUsers(queries, poolId, missing, now);
    const origin = { poolId, source: request.source, importedBy: actor.id, importId: actor.requestId, now };
    const { changes, problems } = await decideAll(queries, entries, { vault, origin, onExisting: options.onExisting });
    if (problems.length > 0) throw refusal(problems, entries.length);
    changes.counts.usersCreated = missing.length;
    await write(queries, poolId, changes);
    return changes.counts;
  }

  return {
    async importList(request) {
      const { actor, list, options } = request;
      const { entries, problems } = await readList(list, request.readItem);
      try {
        if (problems.length > 0) throw await refusalWithMissing(store, request, entries, problems);
        const run = options.dryRun ? store.rehearse : store.transaction;
        const detail = { total: list.length, dryRun: options.dryRun };
        const event = (counts: ImportCounts) =>
          ({ action: 'otp.import', result: 'ok', detail: { ...detail, ...counts } }) as const;
        const counts = await run(async (queries) => {
          const done = await importEntries(queries, request, entries);
          await queries.audit.append([audit.stamp(actor, event(done))]);
          return done;
        });
        if (options.dryRun) audit.record(actor, event(counts));
        return counts;
      } finally {
        for (const entry of entries) entry.seed.wipe();
      }
    },
    async importForNewUser(queries, actor, entry, source) {
      const options = { onExisting: 'fail', createMissingUsers: false, dryRun: false } as const;
      await importEntries(queries, { actor, options, source }, [entry]);
    },
  };
}

/** Reports unknown users together with the items that cannot be read, so that one round of mending is enough. */
async function refusalWithMissing(
  store: Store,
  { actor, list, options }: ImportRequest,
  entries: readonly ImportEntry[],
  problems: readonly ItemProblem[],
): Promise<FactorportError> {
  if (options.createMissingUsers || entries.length === 0) return refusal(problems, list.length);
  const missing = await store.rehearse((queries) => findMissingEntries(queries, actor.poolId, entries));
  return refusal([...problems, ...missing.map(userNotFound)], list.length);
}

async function findMissingEntries(
  queries: Queries,
  poolId: string,
  entries: readonly ImportEntry[],
): Promise<ImportEntry[]> {
  const userIds = entries.map((entry) => entry.userId);
  const existing = new Set(await queries.bulk.findExistingUserIds(poolId, userIds));
  return entries.filter((entry) => !existing.has(entry.userId));
}

async function createUsers(
  queries: Queries,
  poolId: string,
  entries: readonly ImportEntry[],
  now: number,
): Promise<void> {
  await queries.bulk.insertUsers(
    entries.map(({ userId }) => ({
      pool_id: poolId,
      user_id: userId,
      status: 'Activated',
      profile: '{}',
      created_at: now,
      updated_at: now,
    })),
  );
}

async function write(queries: Queries, poolId: string, changes: Changes): Promise<void> {
  const { bulk } = queries;
  if (changes.codesReplacedOf.length > 0) await bulk.deleteUnusedRecoveryCodes(poolId, changes.codesReplacedOf);
  await bulk.replaceFactors(changes.replaced);
  await bulk.insertFactors(changes.added);
  await bulk.insertRecoveryCodes(changes.codes);
}

function userNotFound({ index, userId }: ImportEntry): ItemProblem {
  return { index, userId, field: 'userId', reason: 'user_not_found' };
}

function refusal(problems: readonly ItemProblem[], total: number): FactorportError {
  const ordered = [...problems].sort((left, right) => left.index - right.index);
  return new FactorportError('import_refused', {
    parameters: { count: ordered.length, total },
    data: { errors: ordered.slice(0, TOLD_PROBLEMS), errorCount: ordered.length },
  });
}
