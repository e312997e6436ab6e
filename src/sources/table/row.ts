/** A row of a table, whatever file it stands in. */
export interface Row {
  /** From 1: the line of a text file in which it begins, or the number that a workbook shows beside it. */
  readonly line: number;
  /** Without white space around them; `undefined` where the row cannot be told into cells. */
  readonly cells: readonly string[] | undefined;
  /** Positions of cells that a workbook holds as numbers, whose leading zeros and last digits may be lost. */
  readonly numbers?: ReadonlySet<number> | undefined;
}

/** Gives the rows of a file from the first one, in batches; may be called again. Rows without any text are left out. */
export type ReadRows = () => AsyncIterable<readonly Row[]>;

/** No list of users has more columns. */
export const MAXIMUM_COLUMNS = 1_024;
/** So many characters of the first rows are enough, too. */
const FIRST_CHARACTERS = 4 * 1024 * 1024;

/** The first rows, and no more of the file than they need. */
export async function readFirstRows(readRows: ReadRows, limit: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let characters = 0;
  for await (const batch of readRows()) {
    for (const row of batch) {
      rows.push(row);
      for (const cell of row.cells ?? []) characters += cell.length;
      if (rows.length >= limit || characters > FIRST_CHARACTERS) return rows;
    }
  }
  return rows;
}
