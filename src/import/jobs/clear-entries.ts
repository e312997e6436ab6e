import type { SourceEntry } from '../../sources/source.ts';
import type { ClearEntry } from './messages.ts';

/** Entries of a batch in clear, for the thread that writes. Their seeds are the batch's own, copied on the way. */
export function clearEntries(sources: readonly SourceEntry[], places: readonly number[]): ClearEntry[] {
  return places.map((place) => {
    const { place: where, user, serial, seed, parameters, counter, recoveryCodes } = sources[place] as SourceEntry;
    const codes = recoveryCodes.map((code) => code.text);
    return {
      place,
      ...where,
      line: where.line,
      user,
      serial,
      seed: seed.bytes,
      parameters,
      counter,
      recoveryCodes: codes,
    };
  });
}
