import type { Reason } from '../../import/reasons.ts';
import type { LocalText, TextParameters } from '../../language.ts';
import { readKeyUri } from '../key-uri-item.ts';
import { type Registration, toSourceItem } from '../registration.ts';
import type { Place, SecretEncoding, SourceItem, SourceOptions, SourceUser, TableField } from '../source.ts';
import { type Columns, columnName, USER_FIELDS } from './columns.ts';
import { splitRecoveryCodes } from './recovery-cell.ts';
import type { Row } from './row.ts';
import { findDamage, NUMBER_CELL, unwrapCell } from './spreadsheet.ts';
import { type CellEncoding, isAbsent, isHashed, isTypical, kindOf, readingsOf } from './written-secret.ts';

/** All that is known of a table when its rows are read. */
export interface TablePlan {
  readonly columns: Columns;
  readonly encoding: SecretEncoding;
  /** Whether the encoding was told from the cells; then a cell has to fit it as strictly as when they were counted. */
  readonly isDecided: boolean;
  readonly assume: NonNullable<SourceOptions['assume']>;
  /** Fields without which a row is refused, where the format always has them. */
  readonly required?: readonly TableField[] | undefined;
}

/** Makes the item of a row. The first problem of a row is told, and none of its values. */
export function readRow(row: Row, item: number, plan: TablePlan): SourceItem {
  const place: Place = { item, line: row.line };
  if (!isWhole(row, plan.columns)) {
    return { kind: 'problem', problem: { place, user: {}, field: '', reason: 'row_damaged' } };
  }
  const cells = cellsOf(row, plan.columns);
  const damaged = findDamagedCell(row, cells, plan.columns);
  const user = readUser(cells, damaged?.field);
  const serial = damaged?.field === 'serial' ? undefined : cells.get('serial');
  const refuse: Refuse = (field, reason, parameters) => {
    const name = nameOf(plan.columns, field);
    return { kind: 'problem', problem: { place, user, serial, field: name, reason, parameters } };
  };
  const missing = plan.required?.find((field) => field !== 'secret' && cells.get(field) === undefined);
  if (damaged !== undefined) return refuse(damaged.field, 'spreadsheet_damage', { what: damaged.what });
  const secret = cells.get('secret');
  if (secret === undefined) {
    return isWithoutOtp(cells) ? { kind: 'nothing', place } : refuse('secret', 'no_secret');
  }
  if (missing !== undefined) return refuse(missing, 'missing');
  const recovery = readRecovery(cells.get('recovery_codes'));
  if ('reason' in recovery) return refuse('recovery_codes', recovery.reason);
  const checkCode = cells.get('check_code')?.replace(/\s/g, '');
  const base = { place, user, serial, ...recovery, checkCode };
  const kind = kindOf(secret);
  if (kind === 'hashed') return refuse('secret', 'hashed');
  if (kind === 'uri' || kind === 'other-uri') return readUri(base, secret, cells, plan.columns);
  const registration = withSecret(base, secret, cells, plan);
  if ('reason' in registration) return refuse(registration.field, registration.reason);
  return toSourceItem(registration, fieldNames(plan.columns));
}

type Cells = ReadonlyMap<TableField, string>;
type Refuse = (field: TableField, reason: Reason, parameters?: TextParameters) => SourceItem;
type Base = Pick<Registration, 'place' | 'user' | 'serial' | 'recoveryCodes' | 'notes' | 'checkCode'>;

interface Refusal {
  readonly field: TableField;
  readonly reason: Reason;
}

/** A row that has more cells than the table has columns, or ends before a column that matters, has lost a separator or won one. */
function isWhole({ cells }: Row, { width, positions }: Columns): boolean {
  if (cells === undefined || cells.slice(width).some((cell) => cell !== '')) return false;
  return cells.length > Math.max(...positions.values());
}

function cellsOf({ cells = [] }: Row, { positions }: Columns): Cells {
  const found = new Map<TableField, string>();
  for (const [field, position] of positions) {
    const raw = cells[position] ?? '';
    const cell = field === 'secret' ? raw : unwrapCell(raw);
    if (!isAbsent(cell)) found.set(field, cell);
  }
  return found;
}

/** Fields whose values are digits to people and must not become numbers. */
const EXACT_FIELDS = ['serial', 'secret', 'recovery_codes'] as const;
const FRAGILE_FIELDS = ['user_id', 'external_id', 'username', 'phone', 'user', ...EXACT_FIELDS, 'counter'] as const;
const EXACT_DIGITS = 15;

function findDamagedCell(
  { numbers }: Row,
  cells: Cells,
  { positions }: Columns,
): { readonly field: TableField; readonly what: LocalText } | undefined {
  for (const field of FRAGILE_FIELDS) {
    const cell = cells.get(field);
    if (cell === undefined) continue;
    const what = findDamage(cell);
    if (what !== undefined) return { field, what };
    if (numbers?.has(positions.get(field) as number) !== true) continue;
    const isExact = (EXACT_FIELDS as readonly TableField[]).includes(field);
    if (isExact || cell.length > EXACT_DIGITS) return { field, what: NUMBER_CELL };
  }
  const code = cells.get('check_code');
  const what = code !== undefined && /^\d{1,5}$/.test(code) ? LOST_ZEROS : findDamage(code ?? '');
  return what === undefined ? undefined : { field: 'check_code', what };
}

const LOST_ZEROS: LocalText = { en: 'its leading zeros are lost', zh: '前导零已丢失' };

function readUser(cells: Cells, damaged: TableField | undefined): SourceUser {
  const user: { -readonly [name in keyof SourceUser]: string } = {};
  const members = [
    ['user_id', 'id'],
    ['external_id', 'externalId'],
    ['username', 'username'],
    ['email', 'email'],
    ['phone', 'phone'],
    ['user', 'name'],
  ] as const;
  for (const [field, member] of members) {
    const value = cells.get(field);
    if (value !== undefined && field !== damaged) user[member] = value;
  }
  return user;
}

/** A user in a list who has never set up an OTP: nothing of one is there, not even its digits. */
function isWithoutOtp(cells: Cells): boolean {
  const fields = [
    'serial',
    'recovery_codes',
    'type',
    'algorithm',
    'digits',
    'period',
    'counter',
    'check_code',
  ] as const;
  return fields.every((field) => !cells.has(field));
}

function readRecovery(cell: string | undefined): Pick<Registration, 'recoveryCodes' | 'notes'> | { reason: Reason } {
  const codes = splitRecoveryCodes(cell ?? '');
  if (typeof codes === 'string') return { reason: codes };
  if (!codes.some(isHashed)) return { recoveryCodes: codes };
  return { recoveryCodes: [], notes: ['codes_not_transferable'] };
}

function withSecret(base: Base, secret: string, cells: Cells, plan: TablePlan): Registration | Refusal {
  const { encoding, isDecided } = plan;
  if (encoding === 'otpauth') return { field: 'secret', reason: 'not_key_uri' };
  const type = readType(cells.get('type')) ?? plan.columns.type ?? plan.assume.type;
  if (typeof type === 'object') return type;
  if (type === undefined && Number(cells.get('counter') ?? 0) !== 0) return { field: 'type', reason: 'missing' };
  if (isDecided && !fitsStrictly(secret, encoding)) return { field: 'secret', reason: 'ambiguous_encoding' };
  return {
    ...base,
    secret: { text: secret, encoding },
    type,
    algorithm: cells.get('algorithm') ?? plan.assume.algorithm,
    digits: cells.get('digits') ?? plan.assume.digits,
    periodSeconds: cells.get('period') ?? plan.assume.periodSeconds,
    counter: cells.get('counter'),
  };
}

const PARAMETER_FIELDS = ['algorithm', 'digits', 'period', 'counter'] as const;

/** What the address leaves out, a column may say; what it says itself holds. Its account is the user where no column is. */
function readUri(base: Base, uri: string, cells: Cells, columns: Columns): SourceItem {
  const isNamed = [...USER_FIELDS, 'serial' as const].some((field) => columns.positions.has(field));
  const { user: _, ...unnamed } = base;
  const said = new URLSearchParams(uri.slice(uri.indexOf('?') + 1));
  const rest = PARAMETER_FIELDS.filter((field) => cells.has(field) && !said.has(field));
  const added = rest.map((field) => `&${field}=${encodeURIComponent(cells.get(field) ?? '')}`).join('');
  const item = readKeyUri(uri + (uri.includes('?') ? added : added.replace('&', '?')), isNamed ? base : unnamed);
  if (item.kind !== 'problem') return item;
  return { kind: 'problem', problem: { ...item.problem, field: nameOf(columns, 'secret') } };
}

/** A reading that succeeds though no cell of the encoding looks like this is not trusted: `aBcD…` is not base32 by accident. */
function fitsStrictly(secret: string, encoding: CellEncoding): boolean {
  return isTypical(secret, encoding) || readingsOf(secret).reads.length === 0;
}

/** Types that are written in the place of TOTP and HOTP and cannot be imported. */
const REFUSED_TYPES: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  ['steam', 'steam'],
  ['motp', 'motp'],
  ['ocra', 'ocra'],
  ['ocra2', 'ocra'],
  ['securid', 'securid'],
]);

/** @returns the type as {@link toSourceItem} reads it, or why it cannot be imported; `undefined` where the cell says nothing */
export function readType(cell: string | undefined): string | Refusal | undefined {
  if (cell === undefined || cell === '') return undefined;
  const name = cell.toLowerCase().replace(/^oath[-_ ]?/, '');
  const reason = REFUSED_TYPES.get(name);
  return reason === undefined ? name : { field: 'type', reason };
}

function fieldNames(columns: Columns): Parameters<typeof toSourceItem>[1] {
  const name = (field: TableField) => nameOf(columns, field);
  return {
    secret: name('secret'),
    type: name('type'),
    algorithm: name('algorithm'),
    digits: name('digits'),
    period: name('period'),
    counter: name('counter'),
    recoveryCodes: name('recovery_codes'),
  };
}

function nameOf(columns: Columns, field: TableField): string {
  const position = columns.positions.get(field);
  return position === undefined ? field : columnName(columns, position);
}
