import type { MasterKey } from '../master-key.ts';

/** Wraps with the first of several master keys and unwraps with whichever of them did the wrapping. */
export function firstOf(keys: readonly [MasterKey, ...MasterKey[]]): MasterKey {
  const [first] = keys;
  return {
    source: first.source,
    wrap: (key, associatedData) => first.wrap(key, associatedData),
    async unwrap(wrapped, associatedData) {
      let failure: unknown;
      for (const masterKey of keys) {
        try {
          const key = await masterKey.unwrap(wrapped, associatedData);
          if (key !== undefined) return key;
        } catch (error) {
          // One that is away must not keep another from opening what it has wrapped.
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
      return undefined;
    },
  };
}
