import { lockKey, wipe } from './cipher.ts';
import type { KeyPurpose, KeyRing, RingKey } from './key-ring.ts';
import type { HeldSealKey } from './sealed.ts';
import { createSealer, type Sealer } from './sealer.ts';

/**
 * The keys that sealing takes, for another thread of this process. Whoever gets them makes a sealer of them at once,
 * which wipes them.
 */
export interface LentKeys {
  readonly sealKeyId: number;
  readonly sealKey: Uint8Array;
  readonly digestKeyId: number;
  readonly digestKey: Uint8Array;
}

/** @throws `seal_broken` where the ring has no such key */
export function lendKeys(ring: KeyRing, sealKeyId: HeldSealKey | number): LentKeys {
  const digest = ring.current('digest');
  return {
    sealKeyId,
    sealKey: Uint8Array.from(ring.byId(sealKeyId, 'seal')),
    digestKeyId: digest.keyId,
    digestKey: Uint8Array.from(digest.key),
  };
}

/**
 * [Note: sealing ahead] A sealer outside the transaction that writes. What it has sealed may be written only in a
 * transaction that finds, by `holdSealKey`, that {@link LentKeys.sealKeyId} is still the newest seal key, and holds it;
 * otherwise it is thrown away and sealed again. So no value outlives its key, as with `beginSealing`.
 */
export function createSealerAhead({ sealKeyId, sealKey, digestKeyId, digestKey }: LentKeys): Sealer {
  const keys: Partial<Record<KeyPurpose, RingKey>> = {
    seal: { keyId: sealKeyId, key: lockKey(sealKey) },
    digest: { keyId: digestKeyId, key: lockKey(digestKey) },
  };
  const none = (): never => {
    throw new Error('a sealer ahead only seals');
  };
  const current = (purpose: KeyPurpose) => keys[purpose] ?? none();
  return createSealer({ current, byId: none, has: none, reload: none, learn: none });
}

/** Overwrites lent keys that were not used. */
export function wipeLentKeys({ sealKey, digestKey }: LentKeys): void {
  wipe(sealKey);
  wipe(digestKey);
}
