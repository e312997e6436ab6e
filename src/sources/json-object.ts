export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns an object without members where there is none, so that what would be in it is absent */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @returns `undefined` where it is no text, or an empty one */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An id, which databases have as text and as number. */
export function idOf(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : textOf(value);
}

/** The first of some members that is there: the same field goes by several names. */
export function memberOf(object: JsonObject, ...names: readonly string[]): unknown {
  const name = names.find((one) => Object.hasOwn(object, one) && object[one] !== undefined && object[one] !== null);
  return name === undefined ? undefined : object[name];
}

/** Whether a number that is usually zero is something else, be it a number or not; absent is zero. */
export function isNotZero(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value === 'string' ? !/^\s*0+\s*$/.test(value) : value !== 0;
}

/** A list that may be left out; something else in its place gives a list whose element is refused, so that it is not lost. */
export function optionalListOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [undefined];
}

/** Whether a flag says no, in the ways in which databases write it; absent is not no. */
export function isFalse(value: unknown): boolean {
  return value === false || value === 0 || (typeof value === 'string' && /^(0|f|n|false|no|off)$/i.test(value));
}

/**
 * A value that may be written as a text of JSON, as columns of databases are.
 *
 * @returns the value, or what the text says; `undefined` where it is a text and no JSON
 */
export function embeddedJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
