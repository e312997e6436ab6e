import { describe, expect, it } from 'vitest';
import { Seed } from '../../src/otp/seed.ts';
import { createRingKeys, KEY_PURPOSES, openKeyRing, type WrappedRingKey } from '../../src/vault/key-ring.ts';
import { createVault } from '../../src/vault/vault.ts';
import { plantedSeedBytes } from '../support/planted.ts';
import { expectRefused, newMasterKey, openTestVault } from './open-vault.ts';

const { masterKey, wrappedKeys } = await openTestVault();
const [first, second, third] = wrappedKeys as readonly [WrappedRingKey, WrappedRingKey, WrappedRingKey];

describe('key ring', () => {
  it('has a key of its own for every purpose', async () => {
    const ring = await openKeyRing(masterKey, wrappedKeys);
    const keys = KEY_PURPOSES.map((purpose) => Buffer.from(ring.current(purpose).key).toString('hex'));
    expect(new Set(keys).size).toBe(KEY_PURPOSES.length);
  });

  it('keeps its keys wrapped: nothing of them stands in what the database gets', async () => {
    const ring = await openKeyRing(masterKey, wrappedKeys);
    for (const { keyId, purpose, wrappedKey } of wrappedKeys) {
      expect(Buffer.from(wrappedKey).includes(Buffer.from(ring.byId(keyId, purpose)).subarray(0, 8))).toBe(false);
    }
  });

  it('does not open with another master key', async () => {
    await expect(openKeyRing(newMasterKey(), wrappedKeys)).rejects.toMatchObject({ code: 'master_key_wrong' });
  });

  it('does not open when one key of several was wrapped by another master key', async () => {
    const [, other] = (await createRingKeys(newMasterKey())) as [WrappedRingKey, WrappedRingKey];
    const mixed = [first, other, third];
    await expect(openKeyRing(masterKey, mixed)).rejects.toMatchObject({ code: 'master_key_wrong' });
  });

  it('does not open when a key was given another purpose or another id', async () => {
    for (const changed of [
      { ...first, purpose: second.purpose },
      { ...first, keyId: second.keyId },
      { ...first, wrappedKey: second.wrappedKey },
    ]) {
      await expect(openKeyRing(masterKey, [changed])).rejects.toMatchObject({ code: 'master_key_wrong' });
    }
  });

  it('does not open with any single bit of a wrapped key flipped', async () => {
    for (let bit = 0; bit < first.wrappedKey.length * 8; bit++) {
      const wrappedKey = Uint8Array.from(first.wrappedKey);
      wrappedKey[bit >> 3] = (wrappedKey[bit >> 3] as number) ^ (1 << (bit & 7));
      await expect(openKeyRing(masterKey, [{ ...first, wrappedKey }])).rejects.toMatchObject({
        code: 'master_key_wrong',
      });
    }
  });

  it('gives no key for a purpose that is not its own, nor one it does not have', async () => {
    const ring = await openKeyRing(masterKey, wrappedKeys);
    for (const { keyId, purpose } of wrappedKeys) {
      for (const other of KEY_PURPOSES.filter((candidate) => candidate !== purpose)) {
        expectRefused(() => ring.byId(keyId, other), 'seal_broken');
      }
    }
    for (const keyId of [0, 4, -1, 0xffff_ffff]) expectRefused(() => ring.byId(keyId, 'seal'), 'seal_broken');
    const empty = await openKeyRing(masterKey, []);
    for (const purpose of KEY_PURPOSES) expectRefused(() => empty.current(purpose), 'seal_broken');
  });

  it('seals with the newest key and still opens what an older one sealed, in whatever order they come', async () => {
    const newer = await rewrapAs(first, 9);
    const binding = {
      poolId: 'p',
      userId: 'u',
      factorId: 'f',
      type: 'totp',
      algorithm: 'SHA1',
      digits: 6,
      periodSeconds: 30,
    } as const;
    const old = createVault(await openKeyRing(masterKey, wrappedKeys));
    const sealed = old.sealSeed(new Seed(plantedSeedBytes(913)), binding);
    for (const keys of [
      [newer, ...wrappedKeys],
      [...wrappedKeys, newer],
    ]) {
      const vault = createVault(await openKeyRing(masterKey, keys));
      expect(Buffer.compare(vault.openSeed(sealed, binding).bytes, plantedSeedBytes(913))).toBe(0);
      const resealed = vault.sealSeed(new Seed(plantedSeedBytes(913)), binding);
      expect(Buffer.from(resealed).readUInt32BE(1)).toBe(9);
      expectRefused(() => old.openSeed(resealed, binding), 'seal_broken');
    }
  });
});

/** A new seal key under a given id, wrapped the way the ring wraps its own. */
async function rewrapAs(key: WrappedRingKey, keyId: number): Promise<WrappedRingKey> {
  const context = Buffer.from(JSON.stringify(['factorport/1/ring-key', keyId, key.purpose]));
  return { keyId, purpose: key.purpose, wrappedKey: await masterKey.wrap(Buffer.alloc(32, keyId), context) };
}
