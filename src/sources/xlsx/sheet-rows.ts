import { MAXIMUM_COLUMNS, type Row } from '../table/row.ts';
import type { TextList } from './text-list.ts';
import type { Sheet } from './workbook.ts';
import { damagedPart, readXml, type XmlHandler } from './xml-events.ts';

/** Of the cells of a row together: a few bytes refer to a long text that the workbook has once. */
const MAXIMUM_CHARACTERS = 256 * 1024;

/**
 * Reads the rows of a sheet that have any text in them. Rows that end before the first one does are filled up with empty
 * cells, because a workbook writes none.
 *
 * @throws `source_damaged`, `source_item_too_large`, `source_archive`, `source_too_large`
 */
export async function* readSheetRows(sheet: Sheet, texts: TextList): AsyncGenerator<readonly Row[], void, undefined> {
  let rows: Row[] = [];
  let width = 0;
  const reader = createRowReader(sheet.part, texts, (row) => {
    width ||= row.cells?.length ?? 0;
    const missing = width - (row.cells?.length ?? width);
    rows.push(missing > 0 ? { ...row, cells: [...(row.cells ?? []), ...new Array<string>(missing).fill('')] } : row);
  });
  for await (const _ of readXml(sheet.input, sheet.part, reader)) {
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
}

interface OpenCell {
  readonly position: number;
  readonly type: string;
  value: string;
}

interface OpenRow {
  readonly line: number;
  readonly cells: string[];
  readonly numbers: Set<number>;
  /** It has more cells than {@link MAXIMUM_COLUMNS}, or more text than {@link MAXIMUM_CHARACTERS}. */
  isTooWide: boolean;
  characters: number;
  /** Where a cell without a reference stands. */
  next: number;
}

function createRowReader(part: string, texts: TextList, found: (row: Row) => void): XmlHandler {
  let row = openRow(0);
  let cell: OpenCell | undefined;
  let isValue = false;
  let isPhonetic = false;
  return {
    open(name, attribute) {
      if (name === 'row') row = openRow(rowNumber(attribute('r')) ?? row.line + 1);
      else if (name === 'rPh') isPhonetic = true;
      else if (name === 'c') {
        cell = { position: columnOf(attribute('r')) ?? row.next, type: attribute('t') ?? 'n', value: '' };
      }
      isValue = (name === 'v' || name === 't') && !isPhonetic;
    },
    text(text) {
      if (isValue && cell !== undefined) cell.value += text;
    },
    close(name) {
      isValue = false;
      if (name === 'rPh') isPhonetic = false;
      else if (name === 'row') endRow(row, found);
      else if (name === 'c' && cell !== undefined) {
        if (!row.isTooWide) putCell(row, cell, textOf(cell.type, cell.value, texts, part).trim());
        cell = undefined;
      }
    },
  };
}

function openRow(line: number): OpenRow {
  return { line, cells: [], numbers: new Set(), isTooWide: false, characters: 0, next: 0 };
}

function putCell(row: OpenRow, { position, type }: OpenCell, text: string): void {
  row.next = position + 1;
  if (text === '') return;
  row.characters += text.length;
  if (position >= MAXIMUM_COLUMNS || row.characters > MAXIMUM_CHARACTERS) {
    row.isTooWide = true;
    row.cells.length = 0;
    return;
  }
  while (row.cells.length < position) row.cells.push('');
  row.cells[position] = text;
  if (type === 'n') row.numbers.add(position);
}

function endRow({ line, cells, numbers, isTooWide }: OpenRow, found: (row: Row) => void): void {
  if (isTooWide) found({ line, cells: undefined });
  else if (cells.length > 0) found({ line, cells, numbers: numbers.size === 0 ? undefined : numbers });
}

/** ECMA-376 part 1, §18.18.11: what the value of a cell is. */
function textOf(type: string, value: string, texts: TextList, part: string): string {
  switch (type) {
    case 's': {
      const text = texts.get(/^\s*\d{1,9}\s*$/.test(value) ? Number(value) : -1);
      if (text === undefined) throw damagedPart(part);
      return text;
    }
    case 'b':
      return value.trim() === '1' ? 'TRUE' : 'FALSE';
    case 'n': {
      const number = Number(value);
      return value.trim() !== '' && Number.isSafeInteger(number) ? String(number) : value;
    }
    default:
      return value;
  }
}

function rowNumber(reference: string | undefined): number | undefined {
  return reference !== undefined && /^\d{1,7}$/.test(reference) ? Number(reference) : undefined;
}

/** `AB12` is column 27, from 0. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^([A-Z]{1,3})\d*$/i.exec(reference ?? '')?.[1]?.toUpperCase();
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
