import { FactorportError } from '../errors/error.ts';
import { createDjangoJoin, readDjangoJoin, userKeyOf } from './django-join.ts';
import { readJsonRecords } from './input/json-records.ts';
import { idOf, isFalse, isJsonObject, isNotZero, type JsonObject, objectOf, textOf } from './json-object.ts';
import type { Place, SourceInput, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor, userProblem } from './user-items.ts';

/** How many devices wait for their users at a time; for each so many, the file is read anew. */
const WINDOW = 100_000;

/** A device, or what stands in its place, until its user is known. */
interface Waiting {
  readonly place: Place;
  readonly factor: UserFactor;
  /** Of a row, which names its user itself. */
  readonly user?: SourceUser | undefined;
  /** Of an object of a dump: what stands in its field `user`. */
  readonly userKey?: string | undefined;
}

/**
 * Reads devices of django-otp, or of what is built on it, out of `manage.py dumpdata` or of rows of their tables.
 *
 * The users of a dump and their static tokens may stand anywhere in it, so that the file is read again for every
 * `windowLength` devices, in whole batches of records.
 *
 * @throws `source_not_this_format`; what {@link readJsonRecords} throws
 */
export async function* readDjangoDevices(
  input: SourceInput,
  format: string,
  windowLength = WINDOW,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  let isOfFormat = false;
  let window: Waiting[] = [];
  for await (const records of readJsonRecords(input, [''])) {
    for (const { place, ...record } of records) {
      const value = record.kind === 'record' && isJsonObject(record.value) ? record.value : undefined;
      if (value !== undefined && (typeof value.model === 'string' || isRow(value))) isOfFormat = true;
      const waiting = value === undefined ? DAMAGED : readWaiting(value);
      if (waiting !== undefined) window.push({ ...waiting, place: { item: ++item, line: place.line } });
    }
    if (window.length < windowLength) continue;
    yield await joinUsers(input, window);
    window = [];
  }
  if (!isOfFormat) throw new FactorportError('source_not_this_format', { parameters: { format } });
  if (window.length > 0) yield await joinUsers(input, window);
}

const DAMAGED: Omit<Waiting, 'place'> = { factor: { field: '', reason: 'row_damaged' }, user: {} };

function readWaiting(record: JsonObject): Omit<Waiting, 'place'> | undefined {
  if (typeof record.model !== 'string') return isRow(record) ? readRow(record) : undefined;
  const fields = objectOf(record.fields);
  const userKey = userKeyOf(fields.user);
  if (record.model.endsWith('.totpdevice')) return { factor: readDevice(fields, 'totp', 'fields.'), userKey };
  if (record.model.endsWith('.hotpdevice')) return { factor: readDevice(fields, 'hotp', 'fields.'), userKey };
  return undefined;
}

function isRow(record: JsonObject): boolean {
  return Object.hasOwn(record, 'key') && Object.hasOwn(record, 'confirmed');
}

function readRow(record: JsonObject): Omit<Waiting, 'place'> {
  const type = Object.hasOwn(record, 'counter') && !Object.hasOwn(record, 'step') ? 'hotp' : 'totp';
  const user = {
    id: idOf(record.user_id),
    username: textOf(record.username),
    email: textOf(record.email),
  };
  return { factor: readDevice(record, type, ''), user };
}

/** The algorithm is always SHA1; `drift` is learnt anew, and `tolerance` is for each service to say. */
function readDevice(fields: JsonObject, type: 'totp' | 'hotp', prefix: string): UserFactor {
  if (isFalse(fields.confirmed)) return { field: `${prefix}confirmed`, reason: 'unconfirmed' };
  if (type === 'totp' && isNotZero(fields.t0)) return { field: `${prefix}t0`, reason: 'clock_offset' };
  return {
    factor: {
      secret: { text: fields.key, encoding: 'hex' },
      type,
      digits: fields.digits,
      periodSeconds: fields.step,
      counter: fields.counter,
    },
    names: {
      secret: `${prefix}key`,
      digits: `${prefix}digits`,
      period: `${prefix}step`,
      counter: `${prefix}counter`,
      recoveryCodes: 'otp_static.statictoken',
    },
  };
}

async function joinUsers(input: SourceInput, window: readonly Waiting[]): Promise<readonly SourceItem[]> {
  const keys = window.flatMap(({ userKey }) => (userKey === undefined ? [] : [userKey]));
  const join = createDjangoJoin(keys);
  if (keys.length > 0) await readDjangoJoin(input, join);
  return window.flatMap(({ place, factor, user, userKey }) => {
    const joined = userKey === undefined ? undefined : join.get(userKey);
    const owner = user ?? joined?.user ?? {};
    if ('reason' in factor) return [userProblem(owner, place, factor.field, factor.reason)];
    const items = toUserItems(owner, () => place, [factor], { recoveryCodes: joined?.codes ?? [] });
    // A second device of the user must not have the same codes again.
    if (joined !== undefined && items[0]?.kind === 'entry') joined.codes = [];
    return items;
  });
}
