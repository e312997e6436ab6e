import { setImmediate } from 'node:timers/promises';
import { recoveryCodeRow } from '../../factors/recovery-code-row.ts';
import { normaliseIdentifier } from '../../identifiers.ts';
import { type Assignments, assignUser, readAssignments } from '../../sources/assignments.ts';
import { isUserId } from '../../sources/authing-item.ts';
import { unwrap } from '../../sources/input/unwrap.ts';
import { recogniseSource } from '../../sources/recognise.ts';
import type { SourceEntry, SourceItem, SourceProblem } from '../../sources/source.ts';
import { createRowPacker, transferable } from '../../store/packed.ts';
import { FACTOR_ROWS, RECOVERY_CODE_ROWS } from '../../store/rows.ts';
import { createSealerAhead } from '../../vault/lent-keys.ts';
import { fileKeyText } from '../../vault/sealed-file.ts';
import { sealFactor } from '../seal-entry.ts';
import { findOtherReadings, isCodeOf } from './check-code.ts';
import { clearEntries } from './clear-entries.ts';
import type { MatchType } from './job.ts';
import { type Finding, type FromReader, joinNames, type ReaderOrder, type ToReader } from './messages.ts';
import { sealedInput } from './uploads.ts';
import { nameOf } from './user-names.ts';

/** So many batches may be read and not yet written. */
const BATCHES_AHEAD = 2;
/** What a factor that is the user's first takes over. */
const NOTHING_USED = { lastStep: -1, counter: 0, failures: 0, throttledUntil: 0 };

interface Batch {
  readonly batchId: number;
  readonly sources: SourceEntry[];
  readonly names: string[];
  readonly findings: Finding[];
  items: number;
  nothing: number;
  proven: number;
}

/** Reads a file in batches, seals what it is told to, and keeps each batch until it is written. */
export function createBatches(order: ReaderOrder, send: (message: FromReader, transfer?: ArrayBuffer[]) => void) {
  const kept = new Map<number, Batch>();
  let sealer = createSealerAhead(order.keys);
  let { sealKeyId } = order.keys;
  let source = order.origin.source ?? '';
  let batchItems = order.batchItems;
  let wake: () => void = () => undefined;
  let itemsDone = order.skipItems;
  let bytesDone = 0;
  let current = newBatch(0);
  const factors = createRowPacker(order.engine, FACTOR_ROWS);
  const codes = createRowPacker(order.engine, RECOVERY_CODE_ROWS);

  async function read(): Promise<void> {
    const fileKey = fileKeyText.read(order.file.key);
    const input = await unwrap(
      sealedInput(order.file.path, fileKey, (bytes) => {
        bytesDone = bytes;
      }),
    );
    const recognised = await recogniseSource(input, order.format);
    source = recognised.source.name;
    send({ kind: 'format', format: source });
    const assignments = await readUsersFile(order);
    try {
      await readItems(recognised.source.read(input, order.options), assignments);
    } finally {
      if (current.items > 0) await finishBatch();
    }
  }

  async function readItems(
    source: AsyncIterable<readonly SourceItem[]>,
    assignments: Assignments | undefined,
  ): Promise<void> {
    let seen = 0;
    for await (const items of source) {
      for (const item of items) {
        seen++;
        if (seen <= order.skipItems) {
          discard(item);
          continue;
        }
        add(assignments === undefined ? item : assignUser(item, assignments));
        if (current.items >= batchItems) await finishBatch();
      }
    }
  }

  function add(item: SourceItem): void {
    current.items++;
    itemsDone++;
    if (item.kind === 'nothing') current.nothing++;
    else if (item.kind === 'problem') current.findings.push(failure(item.problem));
    else addEntry(item.entry);
  }

  function addEntry(entry: SourceEntry): void {
    const { place, user, serial, checkCode } = entry;
    const about = { place, user, serial };
    const name = nameOf(user, order.match);
    const problem =
      name === undefined
        ? NO_USER
        : (checkName(name, order.match) ??
          (checkCode === undefined || !order.checksCodes ? undefined : check(entry, checkCode)));
    if (name === undefined || problem !== undefined) {
      current.findings.push(failure({ ...about, ...(problem ?? NO_USER) }));
      entry.seed.wipe();
      return;
    }
    if (checkCode !== undefined && order.checksCodes) current.proven++;
    for (const reason of entry.notes ?? []) {
      current.findings.push({ ...failure({ ...about, field: '', reason }), severity: 'note' });
    }
    current.sources.push(entry);
    current.names.push(name);
  }

  async function finishBatch(): Promise<void> {
    const batch = current;
    kept.set(batch.batchId, batch);
    const { batchId, items, nothing, proven, findings, names, sources } = batch;
    const weak = Uint8Array.from(sources, (entry) => (entry.seed.isWeak ? 1 : 0));
    const recoveryCodes = Uint8Array.from(sources, (entry) => entry.recoveryCodes.length);
    const users = order.createUsers ? sources.map((entry) => entry.user) : undefined;
    const counts = { itemsDone, bytesDone, items, nothing, proven };
    const entries = { entries: names.length, names: joinNames(names), weak, recoveryCodes, users };
    send({ kind: 'batch', batch: { batchId, ...counts, findings, ...entries } });
    current = newBatch(batchId + 1);
    // What was asked meanwhile is answered before reading on.
    await setImmediate();
    while (kept.size >= BATCHES_AHEAD) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function seal(batchId: number, found: readonly (string | null)[] | undefined, now: number): void {
    const batch = kept.get(batchId);
    if (batch === undefined) return;
    const userIds = found ?? batch.names;
    const { poolId, importedBy, importId } = order.origin;
    const origin = { poolId, importedBy, importId, source, now };
    let last: string | undefined;
    for (const place of placesInOrder(userIds)) {
      const userId = userIds[place] as string;
      // A second item of a user is compared with what came of the first.
      if (userId === last) continue;
      last = userId;
      const { seed, parameters, counter, recoveryCodes } = batch.sources[place] as SourceEntry;
      const entry = { index: place, userId, seed, parameters, counter, recoveryCodes };
      const factor = sealFactor(sealer, entry, origin, { ...NOTHING_USED, counter });
      factors.add(factor, place);
      const owner = { poolId, userId, factorId: factor.factor_id };
      for (const code of recoveryCodes) codes.add(recoveryCodeRow(sealer, code, owner, 'import', now), place);
    }
    const sealed = { batchId, sealKeyId, factors: factors.take(), codes: codes.take() };
    send({ kind: 'sealed', sealed }, [...transferable(sealed.factors), ...transferable(sealed.codes)]);
  }

  return {
    read,
    answer(message: ToReader): void {
      if (message.kind === 'seal') seal(message.batchId, message.userIds, message.now);
      else if (message.kind === 'clear')
        send({ ...message, entries: clearEntries(kept.get(message.batchId)?.sources ?? [], message.places) });
      else if (message.kind === 'keys') {
        sealer = createSealerAhead(message.keys);
        sealKeyId = message.keys.sealKeyId;
      } else {
        for (const entry of kept.get(message.batchId)?.sources ?? []) entry.seed.wipe();
        kept.delete(message.batchId);
        batchItems = message.batchItems;
        wake();
      }
    },
  };
}

/**
 * The places of those who are there, in the order of the primary keys: so indexes grow fastest, and two imports cannot
 * wait for each other in a circle.
 */
function placesInOrder(userIds: readonly (string | null)[]): number[] {
  const places: number[] = [];
  let isInOrder = true;
  let last = '';
  for (let place = 0; place < userIds.length; place++) {
    const userId = userIds[place];
    if (userId === null || userId === undefined) continue;
    isInOrder &&= last <= userId;
    last = userId;
    places.push(place);
  }
  if (isInOrder) return places;
  return places.sort((left, right) => compare(userIds[left] as string, userIds[right] as string) || left - right);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

type Problem = Pick<Finding, 'reason' | 'field' | 'parameters'>;

const NO_USER: Problem = { field: '', reason: 'no_user', parameters: undefined };
const BAD_NAME: Problem = { field: '', reason: 'bad_user_id', parameters: undefined };

/** What no identifier is, a database does not even take as a question. */
function checkName(name: string, match: MatchType): Problem | undefined {
  const isNothing = match !== 'user_id' && normaliseIdentifier(match, name) === '';
  return isUserId(name) && !isNothing ? undefined : BAD_NAME;
}

function newBatch(batchId: number): Batch {
  return { batchId, sources: [], names: [], findings: [], items: 0, nothing: 0, proven: 0 };
}

async function readUsersFile({ users }: ReaderOrder): Promise<Assignments | undefined> {
  if (users === undefined) return undefined;
  return readAssignments(await unwrap(sealedInput(users.path, fileKeyText.read(users.key))));
}

/** @returns why the entry fails; `undefined` where its code is verified */
function check(entry: SourceEntry, code: string): Problem | undefined {
  const now = Date.now();
  if (isCodeOf(entry.seed, entry.parameters, entry.counter, code, now)) return undefined;
  const [other] = findOtherReadings(entry, code, now);
  if (other === undefined) return { field: 'check_code', reason: 'check_code_wrong', parameters: undefined };
  return { field: 'check_code', reason: 'check_code_other_reading', parameters: { reading: other.text.en } };
}

function failure({ place, user, serial, field, reason, parameters }: SourceProblem): Finding {
  return { severity: 'failed', item: place.item, line: place.line, user, serial, field, reason, parameters };
}

function discard(item: SourceItem): void {
  if (item.kind === 'entry') item.entry.seed.wipe();
}
