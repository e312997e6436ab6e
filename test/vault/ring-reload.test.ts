import { afterEach, describe, expect, it, vi } from 'vitest';
import { Seed } from '../../src/otp/seed.ts';
import { createRingKey, openKeyRing, type WrappedRingKey } from '../../src/vault/key-ring.ts';
import type { HeldSealKey } from '../../src/vault/sealed.ts';
import { createVault } from '../../src/vault/vault.ts';
import { plantedSeedBytes } from '../support/planted.ts';
import { expectRefused, newMasterKey, openTestVault } from './open-vault.ts';

const { masterKey, wrappedKeys } = await openTestVault();
const newer = await createRingKey(masterKey, 40, 'seal');
const BINDING = {
  poolId: 'p',
  userId: 'u',
  factorId: 'f',
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  periodSeconds: 30,
} as const;
const sealWith = async (keys: readonly WrappedRingKey[]) =>
  createVault(await openKeyRing(masterKey, keys)).sealSeed(new Seed(plantedSeedBytes(773)), BINDING);

/** A vault over a list that the test changes, as another process changes the database. */
async function openChanging(keys: readonly WrappedRingKey[]) {
  const state = { keys, readings: 0 };
  const ring = await openKeyRing(masterKey, keys, async () => {
    state.readings++;
    return state.keys;
  });
  return { state, vault: createVault(ring) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a ring that another process changes', () => {
  it('is read again once for a value under a key that it does not know, and not for one that it knows', async () => {
    const { state, vault } = await openChanging(wrappedKeys);
    await vault.learn([await sealWith(wrappedKeys)]);
    expect(state.readings).toBe(0);
    state.keys = [...wrappedKeys, newer];
    const sealed = await sealWith(state.keys);
    expectRefused(() => vault.openSeed(sealed, BINDING), 'seal_broken');
    await Promise.all([1, 2, 3, 4, 5].map(() => vault.learn([sealed])));
    expect(state.readings).toBeLessThanOrEqual(2);
    expect(Buffer.compare(vault.openSeed(sealed, BINDING).bytes, plantedSeedBytes(773))).toBe(0);
    expect(vault.sealKeyId()).toBe(40);
  });

  it('keeps a destroyed key for what was read just before, and not for longer', async () => {
    vi.useFakeTimers();
    const { state, vault } = await openChanging([...wrappedKeys, newer]);
    const old = await sealWith(wrappedKeys);
    state.keys = [...wrappedKeys.slice(1), newer];
    await vault.reload();
    expect(Buffer.compare(vault.openSeed(old, BINDING).bytes, plantedSeedBytes(773))).toBe(0);
    vi.advanceTimersByTime(31_000);
    await vault.learn([old]);
    expectRefused(() => vault.openSeed(old, BINDING), 'seal_broken');
  });

  it('keeps a key that a transaction learnt while an older list was on its way', async () => {
    vi.useFakeTimers();
    const { state, vault } = await openChanging(wrappedKeys);
    const renewed = [...wrappedKeys, newer];
    const sealer = await vault.sealer(newer.keyId as HeldSealKey, async () => renewed);
    const sealed = sealer.sealSeed(new Seed(plantedSeedBytes(773)), BINDING);
    await vault.reload();
    state.keys = renewed;
    await vault.reload();
    vi.advanceTimersByTime(31_000);
    expect(Buffer.compare(vault.openSeed(sealed, BINDING).bytes, plantedSeedBytes(773))).toBe(0);
    expect(vault.sealKeyId()).toBe(newer.keyId);
    expect(state.readings).toBe(2);
  });

  it('goes on with the keys that it has where a new one cannot be unwrapped', async () => {
    const { state, vault } = await openChanging(wrappedKeys);
    const foreign = await createRingKey(newMasterKey(), 50, 'seal');
    state.keys = [...wrappedKeys, foreign];
    await expect(vault.reload()).rejects.toMatchObject({ code: 'unavailable' });
    const sealed = await sealWith(wrappedKeys);
    await vault.learn([sealed]);
    expect(vault.openSeed(sealed, BINDING)).toBeInstanceOf(Seed);
  });

  it('does not know the key of what is no sealed value', async () => {
    const { vault } = await openChanging(wrappedKeys);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(4, 1), Buffer.alloc(70, 2)]) {
      const sealed = bytes as Uint8Array as Awaited<ReturnType<typeof sealWith>>;
      expect(vault.keyIdOf(sealed)).toBe(0);
      await vault.learn([sealed]);
      expectRefused(() => vault.openSeed(sealed, BINDING), 'seal_broken');
    }
  });
});
