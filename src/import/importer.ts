import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Queries } from '../store/queries/index.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import { importEntries, userNotFound } from './import-entries.ts';
import { type ReadItem, readList } from './read-list.ts';
import type { Origin } from './seal-entry.ts';

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

const FOR_NEW_USER: ImportOptions = { onExisting: 'fail', createMissingUsers: false, dryRun: false };

export function createImporter({ store, vault, audit, clock }: Dependencies): Importer {
  const originOf = (actor: Actor, source: string): Origin => ({
    poolId: actor.poolId,
    source,
    importedBy: actor.id,
    importId: actor.requestId,
    now: clock(),
  });

  async function importAll(request: ImportRequest, entries: readonly ImportEntry[]): Promise<ImportCounts> {
    const { actor, list, options } = request;
    const origin = originOf(actor, request.source);
    const run: Store['rehearse'] = options.dryRun ? store.rehearse : (work) => store.transaction(work, 'long');
    const event = (counts: ImportCounts) => {
      const detail = { total: list.length, dryRun: options.dryRun, ...counts };
      // Of a list, the factors' rows name the request.
      const [only, ...others] = entries;
      const userId = others.length === 0 ? only?.userId : undefined;
      return { action: 'otp.import', result: 'ok', userId, detail } as const;
    };
    const counts = await run(async (queries) => {
      const done = await importEntries(queries, vault, { entries, origin, options });
      if (done.problems.length > 0) throw refusal(done.problems, list.length);
      await queries.audit.append([audit.stamp(actor, event(done.counts))]);
      return done.counts;
    });
    // A rehearsal undoes its audit event with everything else, and it was a call all the same.
    if (options.dryRun) audit.record(actor, event(counts));
    return counts;
  }

  return {
    async importList(request) {
      const { entries, problems } = await readList(request.list, request.readItem);
      try {
        if (problems.length > 0) throw await refusalWithMissing(store, request, entries, problems);
        return await importAll(request, entries);
      } finally {
        for (const entry of entries) entry.seed.wipe();
      }
    },
    async importForNewUser(queries, actor, entry, source) {
      const origin = originOf(actor, source);
      const { problems } = await importEntries(queries, vault, { entries: [entry], origin, options: FOR_NEW_USER });
      if (problems.length > 0) throw refusal(problems, 1);
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
  const userIds = entries.map((entry) => entry.userId);
  const survey = await store.rehearse((queries) => queries.bulk.surveyUsers(actor.poolId, userIds));
  const missing = new Set(survey.missing);
  return refusal([...problems, ...entries.filter((entry) => missing.has(entry.userId)).map(userNotFound)], list.length);
}

function refusal(problems: readonly ItemProblem[], total: number): FactorportError {
  const ordered = [...problems].sort((left, right) => left.index - right.index);
  return new FactorportError('import_refused', {
    parameters: { count: ordered.length, total },
    data: { errors: ordered.slice(0, TOLD_PROBLEMS), errorCount: ordered.length },
  });
}
