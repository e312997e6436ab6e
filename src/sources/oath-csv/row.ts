import type { Reason } from '../../import/reasons.ts';
import type { LocalText } from '../../language.ts';
import type { Algorithm, OtpType } from '../../otp/parameters.ts';
import { type Registration, toSourceItem } from '../registration.ts';
import type { Place, SecretEncoding, SourceItem, SourceOptions, SourceUser } from '../source.ts';
import type { Row } from '../table/row.ts';
import { readType } from '../table/row-item.ts';
import { findDamage } from '../table/spreadsheet.ts';
import { isAbsent, isHashed } from '../table/written-secret.ts';
import type { Layout } from './layout.ts';

export interface OathPlan {
  readonly layout: Layout;
  /** Whether any row says its type; Duo's and PingID's lists never do. */
  readonly saysTypes: boolean;
  /** Of the `owner` layout, whose keys are hex or base32. */
  readonly encoding: Exclude<SecretEncoding, 'otpauth'>;
  readonly assume: NonNullable<SourceOptions['assume']>;
}

/** Makes the item of a row. */
export function readOathRow({ cells, line }: Row, item: number, plan: OathPlan): SourceItem {
  const place: Place = { item, line };
  const fields = cells === undefined ? undefined : readFields(cells, plan);
  if (fields === undefined) return { kind: 'problem', problem: { place, user: {}, field: '', reason: 'row_damaged' } };
  const { user, serial } = fields;
  const refuse = (field: string, reason: Reason, what?: LocalText): SourceItem => {
    const parameters = what === undefined ? undefined : { what };
    return { kind: 'problem', problem: { place, user, serial, field, reason, parameters } };
  };
  const damaged = findDamage(serial ?? '');
  if (damaged !== undefined) return refuse('serial', 'spreadsheet_damage', damaged);
  const damagedKey = findDamage(fields.secret);
  if (damagedKey !== undefined) return refuse('secret', 'spreadsheet_damage', damagedKey);
  if (isAbsent(fields.secret)) return refuse('secret', 'no_secret');
  if (isHashed(fields.secret)) return refuse('secret', 'hashed');
  const type = readType(fields.type) ?? plan.assume.type ?? 'hotp';
  if (typeof type === 'object') return refuse(type.field, type.reason);
  if (!plan.saysTypes && type === 'totp' && Number(fields.moving ?? 0) !== 0)
    return refuse('counter', 'not_of_this_type');
  return toSourceItem(
    {
      place,
      user,
      serial,
      secret: { text: fields.secret, encoding: fields.encoding },
      type,
      algorithm: fields.algorithm ?? plan.assume.algorithm ?? algorithmByLength(fields),
      digits: fields.digits ?? plan.assume.digits,
      ...movingFactor(fields, type, plan),
    },
    { secret: 'secret' },
  );
}

interface Fields {
  readonly layout: Layout;
  readonly user: SourceUser;
  readonly serial: string | undefined;
  readonly secret: string;
  readonly encoding: OathPlan['encoding'];
  readonly type: string | undefined;
  readonly digits: string | undefined;
  /** Period or counter. */
  readonly moving: string | undefined;
  readonly algorithm: string | undefined;
}

/** @returns `undefined` where the row has more cells than its layout, or no key */
function readFields(cells: readonly string[], plan: OathPlan): Fields | undefined {
  const { layout } = plan;
  const present = cells.map((cell) => (isAbsent(cell) ? undefined : cell));
  if (layout === 'owner') {
    const [owner, serial, secret = '', type, digits, moving, ...rest] = present;
    if (rest.some((cell) => cell !== undefined)) return undefined;
    return {
      layout,
      user: readOwner(owner),
      serial,
      secret,
      encoding: plan.encoding,
      type,
      digits,
      moving,
      algorithm: undefined,
    };
  }
  const user = layout === 'user' && present[0] !== undefined ? { username: present[0] } : {};
  const own = layout === 'user' ? present.slice(3) : present;
  if (own.length < 2) return undefined;
  const [serial, secret = ''] = own;
  const rest = plan.saysTypes ? own.slice(2) : [undefined, undefined, ...own.slice(2)];
  const [type, digits, moving, algorithm, ...more] = rest;
  const beyond = plan.saysTypes ? more : [algorithm, ...more];
  if (beyond.some((cell) => cell !== undefined)) return undefined;
  return {
    layout,
    user,
    serial,
    secret,
    encoding: 'hex',
    type,
    digits,
    moving,
    algorithm: plan.saysTypes ? algorithm : undefined,
  };
}

/** `login@realm`, whose login may have an `@` itself. */
function readOwner(owner: string | undefined): SourceUser {
  if (owner === undefined) return {};
  const at = owner.lastIndexOf('@');
  return { username: at > 0 ? owner.slice(0, at) : owner };
}

/** privacyIDEA and LinOTP take a key of 32 bytes for SHA-256 and one of 64 for SHA-512 where no hash is named. */
function algorithmByLength({ secret, encoding }: Fields): Algorithm | undefined {
  if (encoding !== 'hex') return undefined;
  return secret.length === 64 ? 'SHA256' : secret.length === 128 ? 'SHA512' : undefined;
}

/**
 * A list of new tokens leaves the counter out, and then it is 0, as its importers have it. privacyIDEA's own export is of
 * tokens in use and has no counter either: those cannot be imported.
 */
function movingFactor(
  { layout, moving }: Fields,
  type: OtpType | string,
  { assume }: OathPlan,
): Pick<Registration, 'counter' | 'periodSeconds'> {
  if (type !== 'hotp') return { periodSeconds: moving ?? assume.periodSeconds };
  return { counter: layout === 'owner' ? undefined : (moving ?? 0) };
}
