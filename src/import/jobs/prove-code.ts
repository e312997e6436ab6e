import { recogniseSource } from '../../sources/recognise.ts';
import type { SourceEntry, SourceInput, SourceOptions } from '../../sources/source.ts';
import { findOtherReadings, isCodeOf } from './check-code.ts';
import type { Proof } from './prove.ts';

/**
 * Looks for a user in a file, by whatever name the file has for users, and checks a code against the secret there. Where
 * several items are the user's, the one that the code comes from counts.
 *
 * @param now milliseconds since 1970
 */
export async function proveCode(
  input: SourceInput,
  { user, code }: { readonly user: string; readonly code: string },
  options: SourceOptions,
  format: string | undefined,
  now: number,
): Promise<Proof> {
  const { source } = await recogniseSource(input, format);
  let first: Proof | undefined;
  for await (const items of source.read(input, options)) {
    for (const item of items) {
      if (item.kind !== 'entry') continue;
      const { entry } = item;
      if (isOf(entry, user)) {
        const proof = prove(entry, code, now);
        if (proof.found && proof.verified) return proof;
        first ??= proof;
      }
      entry.seed.wipe();
    }
  }
  return first ?? { found: false };
}

function isOf({ user, serial }: SourceEntry, name: string): boolean {
  const wanted = name.trim().toLowerCase();
  return [...Object.values(user), serial].some((value) => typeof value === 'string' && value.toLowerCase() === wanted);
}

function prove(entry: SourceEntry, code: string, now: number): Proof {
  const verified = isCodeOf(entry.seed, entry.parameters, entry.counter, code, now);
  return { found: true, verified, otherReadings: verified ? [] : findOtherReadings(entry, code, now) };
}
