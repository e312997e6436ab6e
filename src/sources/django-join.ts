import { MAXIMUM_RECOVERY_CODES } from './authing-item.ts';
import { readJsonRecords } from './input/json-records.ts';
import { idOf, isFalse, isJsonObject, type JsonObject, memberOf, objectOf, textOf } from './json-object.ts';
import type { SourceInput, SourceUser } from './source.ts';

/** What a dump says of users, by how devices name them. */
export type DjangoJoin = Map<string, JoinedUser>;

interface JoinedUser {
  user: SourceUser;
  /** Static tokens: those that are used are deleted. */
  codes: unknown[];
}

/** A foreign key: the primary key, or with `--natural-foreign` the list of what names the user. */
export function userKeyOf(reference: unknown): string | undefined {
  if (Array.isArray(reference)) return naturalKey(reference);
  const id = idOf(reference);
  return id === undefined ? undefined : JSON.stringify(id);
}

/** Begins with what the keys themselves say, for dumps without the users. */
export function createDjangoJoin(keys: readonly string[]): DjangoJoin {
  return new Map(keys.map((key) => [key, { user: userOfKey(key), codes: [] }]));
}

/** Looks through a file for the users of the join and their static tokens. */
export async function readDjangoJoin(input: SourceInput, join: DjangoJoin): Promise<void> {
  const ownerOfDevice = new Map<string, string>();
  for await (const { model, pk, fields } of readObjects(input)) {
    if (isUserModel(model, fields)) joinUser(join, pk, fields);
    if (!model.endsWith('.staticdevice') || isFalse(fields.confirmed)) continue;
    const key = userKeyOf(fields.user);
    const device = userKeyOf(pk);
    if (key !== undefined && device !== undefined && join.has(key)) ownerOfDevice.set(device, key);
  }
  if (ownerOfDevice.size === 0) return;
  for await (const { model, fields } of readObjects(input)) {
    if (!model.endsWith('.statictoken')) continue;
    const owner = join.get(ownerOfDevice.get(userKeyOf(fields.device) ?? '') ?? '');
    // One more than can be, so that too many are refused and not cut off.
    if (owner !== undefined && owner.codes.length <= MAXIMUM_RECOVERY_CODES) owner.codes.push(fields.token);
  }
}

async function* readObjects(
  input: SourceInput,
): AsyncGenerator<{ model: string; pk: unknown; fields: JsonObject }, void, undefined> {
  for await (const records of readJsonRecords(input, [''])) {
    for (const record of records) {
      if (record.kind !== 'record' || !isJsonObject(record.value)) continue;
      const { model, pk, fields } = record.value;
      if (typeof model === 'string') yield { model, pk, fields: objectOf(fields) };
    }
  }
}

/** Projects may have a user model of their own, which has the fields of `AbstractBaseUser`. */
function isUserModel(model: string, fields: JsonObject): boolean {
  return model === 'auth.user' || (Object.hasOwn(fields, 'password') && Object.hasOwn(fields, 'last_login'));
}

function joinUser(join: DjangoJoin, pk: unknown, fields: JsonObject): void {
  const username = textOf(fields.username);
  const email = textOf(fields.email);
  const names = [username, email].filter((name) => name !== undefined);
  const keys = [userKeyOf(pk), ...names.map((name) => naturalKey([name]))];
  for (const key of keys) {
    const joined = key === undefined ? undefined : join.get(key);
    if (joined === undefined) continue;
    joined.user = {
      id: idOf(pk),
      externalId: idOf(fields.uuid),
      username,
      email,
      phone: textOf(memberOf(fields, 'phone', 'phone_number')),
    };
  }
}

function naturalKey(names: readonly unknown[]): string {
  return JSON.stringify(names);
}

function userOfKey(key: string): SourceUser {
  const parsed = JSON.parse(key) as unknown;
  if (!Array.isArray(parsed)) return { id: String(parsed) };
  return { name: textOf(parsed[0]) };
}
