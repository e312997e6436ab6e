import type { ErrorCode } from '../../../src/errors/table.ts';
import type { Reason } from '../../../src/import/reasons.ts';
import type { TextParameters } from '../../../src/language.ts';
import type { Algorithm, OtpType } from '../../../src/otp/parameters.ts';
import type { SourceItem, SourceOptions, SourceUser } from '../../../src/sources/source.ts';

/**
 * One file and what must come of it. `test/sources/fixtures/<name of the source>.ts` exports `cases: readonly SourceCase[]`;
 * `test/sources/<name>.test.ts` passes them to `testSource`, and `test/sources/fuzz.test.ts` mutates them.
 */
export interface SourceCase {
  readonly name: string;
  readonly bytes: string | Uint8Array;
  readonly options?: SourceOptions;
  /** In the order of the file. */
  readonly expected: readonly ExpectedItem[];
  /** The file as a whole is refused, after the items of {@link expected}. */
  readonly throws?: ErrorCode;
  /** Texts that no problem and no error may hold, beside the secrets and codes of {@link expected}. */
  readonly secrets?: readonly string[];
  /** Found by `--format` only. */
  readonly isNotRecognised?: boolean;
  /**
   * What a file that is cut may give. `exact` (default): items of the whole file, then problems or an error. `last`: the last
   * item may differ, because the format has no end of an item. `typed`: any items, where a later part decides about earlier.
   */
  readonly whenCut?: 'exact' | 'last' | 'typed';
  /** How many places to cut it at, where a reading is costly; 400 by default. */
  readonly cuts?: number;
}

/** What is left out has the default of RFC 6238, or is absent. */
export interface ExpectedEntry {
  readonly secret: string;
  readonly user?: SourceUser;
  readonly serial?: string;
  readonly type?: OtpType;
  readonly algorithm?: Algorithm;
  readonly digits?: number;
  readonly period?: number;
  readonly counter?: number;
  readonly recoveryCodes?: readonly string[];
  readonly checkCode?: string;
  readonly notes?: readonly Reason[];
  /** Compared only where they are given. */
  readonly line?: number;
  readonly item?: number;
}

export interface ExpectedProblem {
  readonly problem: Reason;
  readonly field: string;
  readonly user?: SourceUser;
  readonly serial?: string;
  readonly parameters?: TextParameters;
  readonly line?: number;
  readonly item?: number;
}

export type ExpectedItem = ExpectedEntry | ExpectedProblem | 'nothing';

/** Records repeated to a long file, for the bound on memory. */
export interface LongFile {
  readonly head?: string;
  /** The same length for each number, about. */
  readonly record: (number: number) => string;
  readonly separator?: string;
  readonly tail?: string;
  readonly options?: SourceOptions;
}

/** An item with nothing in it but what cases compare. */
export type SimpleItem = { readonly [name: string]: unknown } | 'nothing';

export function simplify(item: SourceItem): SimpleItem {
  if (item.kind === 'nothing') return 'nothing';
  if (item.kind === 'problem') {
    const { place, user, serial, field, reason, parameters } = item.problem;
    return withoutAbsent({ problem: reason, field, user: present(user), serial, parameters, ...place });
  }
  const { place, user, serial, seed, parameters, counter, recoveryCodes, checkCode, notes } = item.entry;
  return withoutAbsent({
    secret: seed.toBase32(),
    user: present(user),
    serial,
    type: parameters.type,
    algorithm: parameters.algorithm,
    digits: parameters.digits,
    period: parameters.periodSeconds,
    counter,
    recoveryCodes: recoveryCodes.map((code) => code.text),
    checkCode,
    notes: notes ?? [],
    ...place,
  });
}

/** The expectation in full, with the places of the item where it names none. */
export function fillExpected(expected: ExpectedItem, actual: SimpleItem | undefined): SimpleItem {
  if (expected === 'nothing') return expected;
  const place = actual === undefined || actual === 'nothing' ? {} : { item: actual.item, line: actual.line };
  if ('problem' in expected) return withoutAbsent({ ...place, ...expected, user: present(expected.user ?? {}) });
  const { type = 'totp', recoveryCodes = [] } = expected;
  return withoutAbsent({
    ...place,
    type,
    algorithm: 'SHA1',
    digits: 6,
    period: type === 'totp' ? 30 : 0,
    counter: 0,
    notes: [],
    ...expected,
    user: present(expected.user ?? {}),
    recoveryCodes: recoveryCodes.map((code) => code.replace(/[\s-]/g, '').toLowerCase()),
  });
}

/** What may be found nowhere: secrets and recovery codes as they are expected, and what the case adds. */
export function secretsOf({ expected, secrets = [] }: SourceCase): string[] {
  const found = [...secrets];
  for (const item of expected) {
    if (item !== 'nothing' && 'secret' in item) found.push(item.secret, ...(item.recoveryCodes ?? []));
  }
  return found.filter((text) => text.length >= 6);
}

function withoutAbsent(object: { readonly [name: string]: unknown }): SimpleItem {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function present(user: SourceUser): unknown {
  return withoutAbsent({ ...user });
}
