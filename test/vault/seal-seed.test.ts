import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Seed } from '../../src/otp/seed.ts';
import type { Sealed } from '../../src/vault/sealed.ts';
import type { FactorBinding } from '../../src/vault/vault.ts';
import { hotpParameters, seedBytes, totpParameters } from '../otp/arbitraries.ts';
import { plantedSeedBytes } from '../support/planted.ts';
import { expectRefused, openTestVault } from './open-vault.ts';

const { vault } = await openTestVault();
const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

const bindings: fc.Arbitrary<FactorBinding> = fc
  .tuple(ids, ids, ids, fc.oneof(totpParameters, hotpParameters))
  .map(([poolId, userId, factorId, parameters]) => ({ poolId, userId, factorId, ...parameters }));

const PARTS = ['poolId', 'userId', 'factorId', 'type', 'algorithm', 'digits', 'periodSeconds'] as const;
const BINDING: FactorBinding = {
  poolId: 'pool',
  userId: 'user',
  factorId: 'factor',
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  periodSeconds: 30,
};

const sealPlanted = () => vault.sealSeed(new Seed(plantedSeedBytes(910)), BINDING);
const changed = (bytes: Uint8Array) => bytes as Sealed<'seed'>;

describe('sealed seed', () => {
  it('opens in its place, as it was', () => {
    fc.assert(
      fc.property(seedBytes, bindings, (bytes, binding) => {
        const opened = vault.openSeed(vault.sealSeed(new Seed(bytes), binding), { ...binding });
        expect(Buffer.compare(opened.bytes, bytes)).toBe(0);
      }),
    );
  });

  it.each(PARTS)('does not open with another %s', (part) => {
    fc.assert(
      fc.property(seedBytes, bindings, bindings, (bytes, binding, other) => {
        fc.pre(binding[part] !== other[part]);
        const sealed = vault.sealSeed(new Seed(bytes), binding);
        expectRefused(() => vault.openSeed(sealed, { ...binding, [part]: other[part] }), 'seal_broken');
      }),
    );
  });

  it('does not open where two parts of its place run into each other', () => {
    const sealed = vault.sealSeed(new Seed(plantedSeedBytes(911)), { ...BINDING, poolId: 'a', userId: 'bc' });
    expectRefused(() => vault.openSeed(sealed, { ...BINDING, poolId: 'ab', userId: 'c' }), 'seal_broken');
    expectRefused(() => vault.openSeed(sealed, { ...BINDING, poolId: 'a","bc', userId: '' }), 'seal_broken');
  });

  it('does not open with any single bit flipped', () => {
    const sealed = sealPlanted();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expectRefused(() => vault.openSeed(changed(flipped), BINDING), 'seal_broken');
    }
  });

  it('does not open when cut off at either end, anywhere, or made longer', () => {
    const sealed = sealPlanted();
    for (let length = 0; length < sealed.length; length++) {
      expectRefused(() => vault.openSeed(changed(sealed.slice(0, length)), BINDING), 'seal_broken');
      expectRefused(() => vault.openSeed(changed(sealed.slice(sealed.length - length)), BINDING), 'seal_broken');
    }
    expectRefused(() => vault.openSeed(changed(Buffer.concat([sealed, Buffer.alloc(1)])), BINDING), 'seal_broken');
  });

  it('does not open with a part of another sealed value in it', () => {
    const [left, right] = [sealPlanted(), sealPlanted()];
    for (let length = 6; length < left.length; length++) {
      const mixed = Buffer.concat([left.subarray(0, length), right.subarray(length)]);
      if (mixed.equals(left)) continue;
      expectRefused(() => vault.openSeed(changed(mixed), BINDING), 'seal_broken');
    }
  });

  it('is another one every time, and holds nothing of the seed', () => {
    const seen = new Set(Array.from({ length: 1_000 }, () => Buffer.from(sealPlanted()).toString('hex')));
    expect(seen.size).toBe(1_000);
    const nonces = new Set([...seen].map((sealed) => sealed.slice(10, 58)));
    expect(nonces.size).toBe(1_000);
    const bytes = Buffer.from(plantedSeedBytes(910));
    for (const sealed of seen) expect(sealed).not.toContain(bytes.toString('hex').slice(0, 8));
  });

  it('does not open with another ring', async () => {
    const other = await openTestVault();
    expectRefused(() => other.vault.openSeed(sealPlanted(), BINDING), 'seal_broken');
  });

  it('opens from a buffer that lies inside another one, as databases hand them out', () => {
    const sealed = sealPlanted();
    const larger = Buffer.concat([Buffer.alloc(7, 0xff), sealed, Buffer.alloc(9, 0xff)]);
    const opened = vault.openSeed(changed(larger.subarray(7, 7 + sealed.length)), BINDING);
    expect(Buffer.compare(opened.bytes, plantedSeedBytes(910))).toBe(0);
  });
});
