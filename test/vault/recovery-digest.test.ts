import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecoveryCode } from '../../src/otp/recovery-code.ts';
import { Seed } from '../../src/otp/seed.ts';
import type { Sealed } from '../../src/vault/sealed.ts';
import type { AccessKeyBinding, FactorBinding, RecoveryCodeBinding } from '../../src/vault/vault.ts';
import { plantedCode, plantedSeedBytes } from '../support/planted.ts';
import { expectRefused, matchesRecoveryCode, openTestVault } from './open-vault.ts';

const { vault } = await openTestVault();
const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const bindings: fc.Arbitrary<RecoveryCodeBinding> = fc.record({ poolId: ids, userId: ids, codeId: ids });
const codes = fc.string({ minLength: 6, maxLength: 40 }).map((text) => new RecoveryCode(text));
const BINDING: RecoveryCodeBinding = { poolId: 'pool', userId: 'user', codeId: 'code' };
const planted = () => new RecoveryCode(plantedCode(910));

describe('sealed recovery digest', () => {
  it('matches its own code, in its own place', () => {
    fc.assert(
      fc.property(codes, bindings, (code, binding) => {
        const sealed = vault.sealRecoveryCode(code, binding);
        expect(matchesRecoveryCode(vault, sealed, new RecoveryCode(code.text), { ...binding })).toBe(true);
      }),
    );
  });

  it('matches no other code', () => {
    fc.assert(
      fc.property(codes, codes, bindings, (code, other, binding) => {
        fc.pre(code.text !== other.text);
        expect(matchesRecoveryCode(vault, vault.sealRecoveryCode(code, binding), other, binding)).toBe(false);
      }),
    );
  });

  it.each(['poolId', 'userId', 'codeId'] as const)('does not open with another %s', (part) => {
    fc.assert(
      fc.property(codes, bindings, ids, (code, binding, other) => {
        fc.pre(binding[part] !== other);
        const sealed = vault.sealRecoveryCode(code, binding);
        expectRefused(() => matchesRecoveryCode(vault, sealed, code, { ...binding, [part]: other }), 'seal_broken');
      }),
    );
  });

  it('does not open with any single bit flipped or cut off', () => {
    const sealed = vault.sealRecoveryCode(planted(), BINDING);
    const refuse = (bytes: Uint8Array) =>
      expectRefused(
        () => matchesRecoveryCode(vault, bytes as Sealed<'recovery-digest'>, planted(), BINDING),
        'seal_broken',
      );
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      refuse(flipped);
    }
    for (let length = 0; length < sealed.length; length++) refuse(sealed.slice(0, length));
  });

  it('is another one every time, and holds nothing of the code', () => {
    const sealed = Array.from({ length: 100 }, () => Buffer.from(vault.sealRecoveryCode(planted(), BINDING)));
    expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(100);
    for (const bytes of sealed) expect(bytes.includes(plantedCode(910).slice(0, 4))).toBe(false);
  });

  it('matches no code with another ring', async () => {
    const other = await openTestVault();
    const sealed = vault.sealRecoveryCode(planted(), BINDING);
    expectRefused(() => matchesRecoveryCode(other.vault, sealed, planted(), BINDING), 'seal_broken');
  });
});

describe('a value sealed as one kind', () => {
  const binding: FactorBinding = {
    poolId: 'a',
    userId: 'b',
    factorId: 'c',
    type: 'totp',
    algorithm: 'SHA1',
    digits: 6,
    periodSeconds: 30,
  };
  const codeBinding = { poolId: 'a', userId: 'b', codeId: 'c' };
  const keyBinding = { poolId: 'a', accessKeyId: 'b', scopes: 'c' };
  const sealed = {
    seed: vault.sealSeed(new Seed(plantedSeedBytes(912)), binding),
    'recovery-digest': vault.sealRecoveryCode(planted(), codeBinding),
    'access-key-secret': vault.sealAccessKeySecret('access key secret', keyBinding),
  };
  const open = {
    seed: (bytes: Uint8Array) => vault.openSeed(bytes as Sealed<'seed'>, binding),
    'recovery-digest': (bytes: Uint8Array) =>
      matchesRecoveryCode(vault, bytes as Sealed<'recovery-digest'>, planted(), codeBinding),
    'access-key-secret': (bytes: Uint8Array) =>
      vault.openAccessKeySecret(bytes as Sealed<'access-key-secret'>, keyBinding),
  };
  const kinds = Object.keys(sealed) as (keyof typeof sealed)[];
  const pairs = kinds.flatMap((from) => kinds.map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => from !== to))('%s never opens as %s', (from, to) => {
    expectRefused(() => open[to](sealed[from]), 'seal_broken');
  });

  it.each(pairs.filter(([from, to]) => from === to))('%s opens as %s', (from, to) => {
    expect(open[to](sealed[from])).toBeTruthy();
  });
});

describe('sealed access key secret', () => {
  const keys: fc.Arbitrary<AccessKeyBinding> = fc.record({ poolId: ids, accessKeyId: ids, scopes: ids });

  it('opens in its place, as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), keys, (secret, binding) => {
        expect(vault.openAccessKeySecret(vault.sealAccessKeySecret(secret, binding), { ...binding })).toBe(secret);
      }),
    );
  });

  it.each(['poolId', 'accessKeyId', 'scopes'] as const)('does not open with another %s', (part) => {
    fc.assert(
      fc.property(fc.string(), keys, ids, (secret, binding, other) => {
        fc.pre(binding[part] !== other);
        const sealed = vault.sealAccessKeySecret(secret, binding);
        expectRefused(() => vault.openAccessKeySecret(sealed, { ...binding, [part]: other }), 'seal_broken');
      }),
    );
  });
});
