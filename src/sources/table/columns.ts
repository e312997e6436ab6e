import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import type { OtpType } from '../../otp/parameters.ts';
import { type SecretEncoding, type SourceOptions, TABLE_FIELDS, type TableField } from '../source.ts';
import { type Heading, normalise, readHeading } from './headings.ts';
import type { Row } from './row.ts';
import { kindOf, readingsOf } from './written-secret.ts';

/** What the columns of a table hold. */
export interface Columns {
  /** Cells of the first row where they are headings. */
  readonly headings: readonly string[] | undefined;
  readonly width: number;
  /** From 0. */
  readonly positions: ReadonlyMap<TableField, number>;
  /** Fields that more than one column claims alike, so that none of them has it. */
  readonly ambiguous: readonly TableField[];
  /** How secrets are written, where the heading says so. */
  readonly encoding: SecretEncoding | undefined;
  /** Whose secrets they are, where the heading says so. */
  readonly type: OtpType | undefined;
  /** Whether the first rows have addresses (`otpauth://`) in the secret column, which name their user themselves. */
  readonly hasAddresses: boolean;
}

export const USER_FIELDS = ['user_id', 'external_id', 'username', 'email', 'phone', 'user'] as const;
/** A heading of this rank is believed only where a cell below it can be a secret: `url` may be a web page. */
const DOUBTFUL_RANK = 3;

/**
 * Tells the columns of a table by its headings and by what the operator says, which comes first.
 *
 * @param rows the first ones
 * @throws `source_mapping_unknown` where the operator names a column that is not there
 */
export function findColumns(rows: readonly Row[], { mapping = {} }: Pick<SourceOptions, 'mapping'>): Columns {
  const first = rows[0]?.cells ?? [];
  const hasHeadings = areHeadings(first, rows.slice(1), mapping);
  const headings = hasHeadings ? first : undefined;
  const width = headings?.length ?? Math.max(0, ...rows.map((row) => row.cells?.length ?? 0));
  const body = hasHeadings ? rows.slice(1) : rows;
  const given = readMapping(mapping, headings, width);
  const claims = headings === undefined ? claimsByContent(body, width) : claimsByHeading(headings, body);
  const positions = new Map<TableField, number>();
  const ambiguous: TableField[] = [];
  const chosen = new Map<TableField, Claim>();
  for (const field of TABLE_FIELDS) {
    const own = given.get(field);
    if (own !== undefined) {
      if (own !== NO_COLUMN) positions.set(field, own);
      continue;
    }
    const open = claims.filter(
      (claim) => claim.heading.field === field && ![...given.values()].includes(claim.position),
    );
    const best = open.filter(({ heading }) => heading.rank === Math.min(...open.map((claim) => claim.heading.rank)));
    if (best.length > 1) ambiguous.push(field);
    const [claim] = best;
    if (best.length !== 1 || claim === undefined) continue;
    positions.set(field, claim.position);
    chosen.set(field, claim);
  }
  dropDisplayName(positions, chosen);
  const secret = positions.get('secret');
  const heading = secret === undefined ? undefined : readHeading(headings?.[secret] ?? '');
  return {
    headings,
    width,
    positions,
    ambiguous,
    encoding: heading?.encoding === 'otpauth' ? undefined : heading?.encoding,
    type: heading?.type,
    hasAddresses: secret !== undefined && body.some((row) => kindOf(row.cells?.[secret] ?? '') === 'uri'),
  };
}

/** @throws `source_mapping_needed` where the secrets, the users or a parameter cannot be told */
export function requireColumns(columns: Columns): void {
  const { positions, ambiguous, hasAddresses } = columns;
  const hasUser = USER_FIELDS.some((field) => positions.has(field)) || positions.has('serial');
  if (!positions.has('secret')) throw mappingNeeded(columns, { en: 'the secrets (secret)', zh: '密钥（secret）' });
  if (!hasUser && !hasAddresses) throw mappingNeeded(columns, { en: 'the users (user)', zh: '用户（user）' });
  const unclear = ambiguous.find((field) => !(hasUser && (USER_FIELDS as readonly TableField[]).includes(field)));
  if (unclear !== undefined) throw mappingNeeded(columns, { en: `the field "${unclear}"`, zh: `字段“${unclear}”` });
}

/** How a column is called to people: by its heading where that cannot be a secret, else by its number. */
export function columnName({ headings }: Pick<Columns, 'headings'>, position: number): string {
  const heading = headings?.[position];
  return heading !== undefined && isHarmless(heading) ? heading : String(position + 1);
}

const NO_COLUMN = -1;
const HARMLESS_LENGTH = 7;

interface Claim {
  readonly position: number;
  readonly heading: Heading;
}

/** A cell of the first row may be anything, should it be no heading after all. */
function isHarmless(heading: string): boolean {
  if (readHeading(heading) !== undefined || heading.length <= HARMLESS_LENGTH) return true;
  return heading.length <= 40 && /^[\p{Lu}]?[\p{Ll}\p{Lo}]+(?:[ _-][\p{Lu}]?[\p{Ll}\p{Lo}]+)*$/u.test(heading);
}

function areHeadings(
  first: readonly string[],
  others: readonly Row[],
  mapping: NonNullable<SourceOptions['mapping']>,
): boolean {
  const named = Object.values(mapping).some((name) => !/^\d*$/.test(name) && findByName(first, name) !== undefined);
  const known = first.filter((cell) => readHeading(cell) !== undefined).length;
  if (named || known >= 2 || (known === 1 && first.length === 1)) return true;
  if (first.some(canBeSecret)) return false;
  // Headings in words that are not known: below one of them stand secrets.
  return first.some((_cell, position) => {
    const below = others.map((row) => row.cells?.[position] ?? '').filter((cell) => cell !== '');
    return below.length > 0 && below.filter(canBeSecret).length * 2 > below.length;
  });
}

function canBeSecret(cell: string): boolean {
  const kind = kindOf(cell);
  return kind === 'uri' || kind === 'other-uri' || (kind === 'secret' && readingsOf(cell).reads.length > 0);
}

function claimsByHeading(headings: readonly string[], body: readonly Row[]): readonly Claim[] {
  return headings.flatMap((text, position) => {
    const heading = readHeading(text);
    if (heading === undefined) return [];
    const isDoubtful = heading.field === 'secret' && heading.rank >= DOUBTFUL_RANK;
    if (isDoubtful && !body.some((row) => canBeSecret(row.cells?.[position] ?? ''))) return [];
    return [{ position, heading }];
  });
}

/** Without headings only addresses are beyond doubt: those of keys, and those of mail. */
function claimsByContent(body: readonly Row[], width: number): readonly Claim[] {
  const claims: Claim[] = [];
  const hasAll = (position: number, test: (cell: string) => boolean) =>
    body.length > 0 && body.every((row) => row.cells === undefined || test(row.cells[position] ?? ''));
  for (let position = 0; position < width; position++) {
    if (hasAll(position, (cell) => kindOf(cell) === 'uri'))
      claims.push({ position, heading: { field: 'secret', rank: 1 } });
    if (hasAll(position, isEmailAddress)) {
      claims.push({ position, heading: { field: 'email', rank: 1 } });
    }
  }
  return claims;
}

/** A longer one no mail server takes (RFC 5321 §4.5.3.1); and the pattern costs the square of the length. */
const MAXIMUM_ADDRESS_LENGTH = 320;

function isEmailAddress(cell: string): boolean {
  return cell.length <= MAXIMUM_ADDRESS_LENGTH && /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(cell);
}

/** `name` beside a user name is what people are called, and nothing to find them by. */
function dropDisplayName(positions: Map<TableField, number>, chosen: ReadonlyMap<TableField, Claim>): void {
  if ((chosen.get('user')?.heading.rank ?? 0) < DOUBTFUL_RANK) return;
  if (USER_FIELDS.some((field) => field !== 'user' && positions.has(field))) positions.delete('user');
}

function readMapping(
  mapping: NonNullable<SourceOptions['mapping']>,
  headings: readonly string[] | undefined,
  width: number,
): ReadonlyMap<TableField, number> {
  const given = new Map<TableField, number>();
  for (const field of TABLE_FIELDS) {
    const name = mapping[field]?.trim();
    if (name === undefined) continue;
    const position = name === '' ? NO_COLUMN : (findByName(headings ?? [], name) ?? findByNumber(name, width));
    if (position === undefined) {
      throw new FactorportError('source_mapping_unknown', {
        parameters: { column: name, columns: listColumns({ headings, width }) },
      });
    }
    given.set(field, position);
  }
  return given;
}

function findByName(headings: readonly string[], name: string): number | undefined {
  const exact = headings.indexOf(name);
  if (exact >= 0) return exact;
  const alike = headings.findIndex((heading) => normalise(heading) === normalise(name) && normalise(name) !== '');
  return alike >= 0 ? alike : undefined;
}

function findByNumber(name: string, width: number): number | undefined {
  const number = /^\d{1,5}$/.test(name) ? Number(name) : 0;
  return number >= 1 && number <= width ? number - 1 : undefined;
}

function mappingNeeded(columns: Columns, what: LocalText): FactorportError {
  return new FactorportError('source_mapping_needed', { parameters: { what, columns: listColumns(columns) } });
}

const LISTED_COLUMNS = 50;

function listColumns(columns: Pick<Columns, 'headings' | 'width'>): string {
  const shown = Math.min(columns.width, LISTED_COLUMNS);
  const names = Array.from({ length: shown }, (_, position) => columnName(columns, position));
  return names.join(', ') + (shown < columns.width ? ', …' : '');
}
