import { FactorportError } from '../errors/error.ts';
import type { LocalText } from '../language.ts';
import { createTextMap, type TextMap } from './assignments/text-map.ts';
import { csvRows } from './csv.ts';
import type { SourceInput, SourceItem, SourceUser } from './source.ts';
import { findColumns, USER_FIELDS } from './table/columns.ts';
import { readHeading } from './table/headings.ts';
import { type Row, readFirstRows } from './table/row.ts';
import { findDamage, NUMBER_CELL, unwrapCell } from './table/spreadsheet.ts';
import { isAbsent } from './table/written-secret.ts';
import { isWorkbook, xlsxRows } from './xlsx.ts';

/** Whose token is whose, by serial number. */
export interface Assignments {
  readonly size: number;
  /** Case and space around the serial number do not matter; leading zeros do. */
  find(serial: string): SourceUser | undefined;
}

const MAXIMUM_ASSIGNMENTS = 5_000_000;
const MAXIMUM_LENGTH = 1_024;
const FIRST_ROWS = 100;
const SEPARATOR = '\u001f';

/** Members of a user by the field of a column that has them. */
const MEMBERS: Readonly<Record<(typeof USER_FIELDS)[number], keyof SourceUser>> = {
  user_id: 'id',
  external_id: 'externalId',
  username: 'username',
  email: 'email',
  phone: 'phone',
  user: 'name',
};

/**
 * Reads a list of serial numbers and users, CSV, TSV or XLSX: with headings, a column `serial` and one or more that name the
 * user; of two columns one heading is enough, and without any they are in this order. Rows whose user is empty are tokens in the drawer and are passed over.
 *
 * @throws `users_file_bad` where a serial number has two users, a row cannot be read, a spreadsheet has damaged a value, or
 *   there are more than 5,000,000; what readers of tables throw
 */
export async function readAssignments(input: SourceInput): Promise<Assignments> {
  const readRows = (await isXlsx(input)) ? await xlsxRows(input, {}, hasSerials) : await csvRows(input);
  const plan = planOf(await readFirstRows(readRows, FIRST_ROWS));
  const map = createTextMap();
  let isHeading = plan.hasHeadings;
  for await (const batch of readRows()) {
    for (const row of batch) {
      if (isHeading) isHeading = false;
      else addRow(map, row, plan);
    }
  }
  if (map.size === 0) throw bad({ en: 'there is no row in it', zh: '其中没有数据行' });
  return {
    size: map.size,
    find(serial) {
      const joined = map.get(keyOf(serial));
      return joined === undefined ? undefined : splitUser(joined, plan);
    },
  };
}

/**
 * Gives an item that has a serial number and no user the user to whom the token is assigned. An entry whose token is assigned
 * to nobody becomes a problem; items with a user of their own stay as they are.
 */
export function assignUser(item: SourceItem, assignments: Assignments): SourceItem {
  if (item.kind === 'nothing') return item;
  const { serial, user, place } = item.kind === 'entry' ? item.entry : item.problem;
  if (serial === undefined || Object.values(user).some((name) => name !== undefined)) return item;
  const assigned = assignments.find(serial);
  if (item.kind === 'problem') {
    return assigned === undefined ? item : { kind: 'problem', problem: { ...item.problem, user: assigned } };
  }
  if (assigned !== undefined) return { kind: 'entry', entry: { ...item.entry, user: assigned } };
  return { kind: 'problem', problem: { place, user, serial, field: 'serial', reason: 'serial_unassigned' } };
}

interface Plan {
  readonly hasHeadings: boolean;
  readonly serial: number;
  readonly users: readonly { readonly member: keyof SourceUser; readonly position: number }[];
}

function planOf(rows: readonly Row[]): Plan {
  const { headings, positions, ambiguous, width } = findColumns(rows, {});
  const pair = width === 2 ? planOfPair(rows[0]?.cells ?? []) : undefined;
  const serial = positions.get('serial');
  const users = USER_FIELDS.flatMap((field) => {
    const position = positions.get(field);
    return position === undefined ? [] : [{ member: MEMBERS[field], position }];
  });
  if (headings !== undefined && serial !== undefined && users.length > 0) return { hasHeadings: true, serial, users };
  if (pair !== undefined && !ambiguous.includes('serial')) return pair;
  if (headings === undefined || serial === undefined)
    throw bad({ en: 'it has no heading "serial"', zh: '没有名为“serial”的表头' });
  throw bad({ en: 'no heading names the user', zh: '没有表示用户的表头' });
}

/** Of two columns, one heading that is known tells the other, and without any the serial number comes first. */
function planOfPair(first: readonly string[]): Plan | undefined {
  const fields = first.map((cell) => readHeading(cell)?.field);
  const member = (position: number) => {
    const field = USER_FIELDS.find((name) => name === fields[position]);
    return { member: field === undefined ? ('name' as const) : MEMBERS[field], position };
  };
  const isUser = (position: number) => USER_FIELDS.some((name) => name === fields[position]);
  if (isUser(0) && isUser(1)) return undefined;
  if (fields[1] === 'serial' || (isUser(0) && fields[1] === undefined)) {
    return { hasHeadings: true, serial: 1, users: [member(0)] };
  }
  return { hasHeadings: fields[0] === 'serial' || isUser(1), serial: 0, users: [member(1)] };
}

function hasSerials(rows: readonly Row[]): boolean {
  return findColumns(rows, {}).positions.has('serial');
}

function addRow(map: TextMap, { cells, line, numbers }: Row, plan: Plan): void {
  const positions = [plan.serial, ...plan.users.map(({ position }) => position)];
  if (cells === undefined || cells.length <= Math.max(...positions)) throw badLine(line, UNREADABLE);
  if (!plan.hasHeadings && cells.slice(2).some((cell) => cell !== '')) throw badLine(line, UNREADABLE);
  const values = positions.map((position) => unwrapCell(cells[position] ?? ''));
  for (const value of values) {
    const damage = findDamage(value);
    if (damage !== undefined) throw badLine(line, damage);
    if (value.length > MAXIMUM_LENGTH || value.includes(SEPARATOR)) throw badLine(line, UNREADABLE);
  }
  const [serial = '', ...names] = values;
  if (names.every(isAbsent)) return;
  if (isAbsent(serial)) throw badLine(line, { en: 'there is no serial number', zh: '缺少序列号' });
  if (numbers?.has(plan.serial) === true) throw badLine(line, NUMBER_CELL);
  if (!plan.hasHeadings && serial.includes('@')) {
    throw bad({ en: 'its first column is not of serial numbers', zh: '第一列不是序列号' });
  }
  if (map.size >= MAXIMUM_ASSIGNMENTS) {
    throw bad({ en: `it has more than ${MAXIMUM_ASSIGNMENTS} rows`, zh: `超过 ${MAXIMUM_ASSIGNMENTS} 行` });
  }
  const joined = names.map((name) => (isAbsent(name) ? '' : name)).join(SEPARATOR);
  const before = map.add(keyOf(serial), joined);
  if (before !== undefined && before !== joined) {
    throw badLine(line, { en: 'the serial number has another user before', zh: '该序列号在前面已分配给另一用户' });
  }
}

function splitUser(joined: string, { users }: Plan): SourceUser {
  const user: { -readonly [member in keyof SourceUser]: string } = {};
  joined.split(SEPARATOR).forEach((value, index) => {
    const member = users[index]?.member;
    if (member !== undefined && value !== '') user[member] = value;
  });
  return user;
}

function keyOf(serial: string): string {
  return serial.trim().toLowerCase();
}

async function isXlsx(input: SourceInput): Promise<boolean> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.open()) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length >= 64 * 1024) break;
  }
  return isWorkbook(Buffer.concat(chunks));
}

const UNREADABLE: LocalText = { en: 'the row cannot be read', zh: '无法读取该行' };

function badLine(line: number, what: LocalText): FactorportError {
  return bad({ en: `line ${line}: ${what.en}`, zh: `第 ${line} 行：${what.zh}` });
}

function bad(what: LocalText): FactorportError {
  return new FactorportError('users_file_bad', { parameters: { what } });
}
