import type { GeneratedFormat } from './format.ts';
import { createRows, type Row, type RowSettings } from './rows.ts';

/** Enough that a piece is worth its writing. From 500 rows on strings and buffers live so long that memory doubles. */
const ROWS_A_PIECE = 200;

/** A synthetic file in pieces of some tens of KiB, the same for the same arguments; memory does not grow with `count`. */
export function* generate(
  format: GeneratedFormat,
  settings: RowSettings,
  count: number,
): Generator<string, void, void> {
  yield format.head;
  for (const rows of inPieces(format, settings, count)) {
    const before = rows[0]?.index === 0 ? '' : format.separator;
    yield before + rows.map((row) => format.row(row)).join(format.separator);
  }
  yield format.tail;
}

/** Whose each token of the file is, where the format has a list of its own for that. */
export function* generateAssignments(
  format: GeneratedFormat,
  settings: RowSettings,
  count: number,
): Generator<string, void, void> {
  const { assignments } = format;
  if (assignments === undefined) return;
  yield assignments.head;
  for (const rows of inPieces(format, settings, count)) yield rows.map((row) => assignments.row(row)).join('');
}

function* inPieces(format: GeneratedFormat, settings: RowSettings, count: number): Generator<Row[], void, void> {
  const rows = createRows(settings, format.abilities);
  for (let first = 0; first < count; first += ROWS_A_PIECE) {
    yield rows.range(first, Math.min(ROWS_A_PIECE, count - first));
  }
}
