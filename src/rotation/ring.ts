import { FactorportError } from '../errors/error.ts';
import { opensRingKey, type WrappedRingKey } from '../vault/key-ring.ts';
import type { MasterKey } from '../vault/master-key.ts';

/** Whether nobody has changed the ring between two readings. */
export function isSameRing(before: readonly WrappedRingKey[], now: readonly WrappedRingKey[]): boolean {
  const none = new Uint8Array(0);
  return (
    before.length === now.length &&
    before.every((key, index) => Buffer.compare(key.wrappedKey, now[index]?.wrappedKey ?? none) === 0)
  );
}

/**
 * The master key that has wrapped the newest key of a ring.
 *
 * @throws `master_key_wrong` where it is none of these
 */
export async function wrapperOf(ring: readonly WrappedRingKey[], masterKeys: readonly MasterKey[]): Promise<MasterKey> {
  const newest = ring.at(-1);
  for (const masterKey of masterKeys) {
    if (newest !== undefined && (await opensRingKey(masterKey, newest))) return masterKey;
  }
  throw new FactorportError('master_key_wrong');
}
