/*
 * Mappings and assumptions as they stand in a query and on the command line: `secret=otp`, `type=totp`. What they may
 * be is checked by whoever reads them.
 */

/** @returns the columns by field; of a pair without `=` the column is empty, which no check lets pass */
export function readMapping(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map(split));
}

/** @returns numbers where they are digits, everything else as it is */
export function readAssumption(pairs: readonly string[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(split).map(([name, value]) => [name, /^\d{1,6}$/.test(value) ? Number(value) : value]),
  );
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
