import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeProfile, toUserDto } from '../../src/users/profile.ts';
import { userRow } from '../store/open-store.ts';

describe('mergeProfile', () => {
  const names = fc.constantFrom('email', 'name', 'customData', '__proto__', 'constructor', 'x');
  const profiles = fc.dictionary(names, fc.oneof(fc.string(), fc.integer(), fc.constant(null)));

  it('sets what is given, takes away what is null, keeps the rest', () => {
    fc.assert(
      fc.property(profiles, profiles, (kept, given) => {
        const merged = mergeProfile(kept, given);
        for (const name of new Set([...Object.keys(kept), ...Object.keys(given)])) {
          const expected = Object.hasOwn(given, name) ? given[name] : kept[name];
          const isGone = Object.hasOwn(given, name) && expected === null;
          expect(Object.hasOwn(merged, name)).toBe(!isGone);
          if (!isGone) expect(Object.getOwnPropertyDescriptor(merged, name)?.value).toEqual(expected);
        }
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
      }),
    );
  });

  it('never keeps a password, a salt, or the token of an identity provider', () => {
    const identity = {
      extIdpId: 'i',
      provider: 'p',
      userIdInIdp: 'u',
      accessToken: 'secret1',
      refreshToken: 'secret2',
    };
    const merged = mergeProfile({}, { name: 'Ann', password: 'secret3', salt: 'secret4', identities: [identity] });
    expect(JSON.stringify(merged)).not.toContain('secret');
    expect(merged).toMatchObject({ name: 'Ann', identities: [{ extIdpId: 'i' }] });
  });
});

describe('toUserDto', () => {
  const row = userRow({
    profile: JSON.stringify({ name: 'Ann', userId: 'forged', status: 'forged', customData: { a: 1 }, identities: [1] }),
    created_at: 0,
    updated_at: 1_000,
  });

  it('gives the id, the status and the times that the service keeps, whatever the profile says', () => {
    expect(toUserDto(row, {})).toMatchObject({
      userId: 'user',
      status: 'Activated',
      name: 'Ann',
      createdAt: '1970-01-01T00:00:00.000Z',
      updatedAt: '1970-01-01T00:00:01.000Z',
    });
  });

  it('gives custom data, identities and departments only when asked for', () => {
    for (const part of ['customData', 'identities', 'departmentIds'])
      expect(toUserDto(row, {})).not.toHaveProperty(part);
    const all = toUserDto(row, { customData: true, identities: true, departmentIds: true });
    expect(all).toMatchObject({ customData: { a: 1 }, identities: [1], departmentIds: [] });
  });
});
