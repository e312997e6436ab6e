import { inspect } from 'node:util';
import { FactorportError } from '../../../src/errors/error.ts';
import type { Source, SourceInput, SourceItem, SourceOptions } from '../../../src/sources/source.ts';

export interface Reading {
  readonly items: readonly SourceItem[];
  readonly error: unknown;
}

/** Reads a file to its end or to its error. */
export async function readItems(source: Source, input: SourceInput, options: SourceOptions = {}): Promise<Reading> {
  const items: SourceItem[] = [];
  try {
    for await (const batch of source.read(input, options)) items.push(...batch);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}

/** Whether this is how a reader may fail. */
export function isTyped(error: unknown): error is FactorportError {
  return error instanceof FactorportError && error.code.startsWith('source_');
}

/** Everything that could be shown or logged of a reading; the user, who may have any name, is left out. */
export function shownOf({ items, error }: Reading): string {
  const shown: unknown[] = [];
  for (const item of items) {
    if (item.kind === 'problem') shown.push({ ...item.problem, user: undefined, serial: undefined });
    else if (item.kind === 'entry') shown.push(item.entry.seed, item.entry.parameters, item.entry.recoveryCodes);
  }
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    shown.push(cause instanceof Error ? [cause.name, cause.message, { ...cause }] : cause);
  }
  return inspect(shown, {
    depth: 20,
    maxStringLength: null,
    maxArrayLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  });
}
