/*
 * A spreadsheet executes a cell that begins with one of = + - @ (or with a tab or a carriage return before it), whoever
 * wrote the text. An apostrophe in front makes it text everywhere, and a phone number with its + stays what it was. So
 * that the same cell can be imported again, readers of tables take the apostrophe away.
 */

const DANGEROUS = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/** A cell as it can be opened in a spreadsheet without being executed. {@link unguardCell} is its reverse. */
export function guardCell(text: string): string {
  return DANGEROUS.test(text) ? `'${text}` : text;
}

/** A cell of a table without the apostrophe that {@link guardCell}, or a careful person, has put in front. */
export function unguardCell(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text;
}
