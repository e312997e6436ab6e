import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseIdentifier, normalisePhone } from '../../src/identifiers.ts';
import { identifiersOf } from '../../src/users/identifiers.ts';

describe('phone number', () => {
  it('is one and the same, however a number of mainland China is written', () => {
    const forms: [string, string | undefined][] = [
      ['13812345678', undefined],
      ['138 1234 5678', '+86'],
      ['138-1234-5678', '86'],
      ['(138) 1234.5678', '0086'],
      ['+8613812345678', undefined],
      ['+86 138 1234 5678', '+86'],
    ];
    for (const [phone, code] of forms) expect(normalisePhone(phone, code), `${code} ${phone}`).toBe('13812345678');
  });

  it('keeps the code of every other country', () => {
    expect(normalisePhone('170 1234', '+49')).toBe('+491701234');
    expect(normalisePhone('1701234', '49')).toBe('+491701234');
    expect(normalisePhone('+49 (170) 1234', '+86')).toBe('+491701234');
  });

  it('is left as it is by a second normalisation', () => {
    const phones = fc.string({ unit: fc.constantFrom(...'0123456789 +-().') });
    fc.assert(
      fc.property(phones, (phone) => {
        const once = normaliseIdentifier('phone', phone);
        fc.pre(!once.startsWith('+'));
        expect(normaliseIdentifier('phone', once)).toBe(once);
      }),
    );
  });
});

describe('identifiers of a user', () => {
  const valuesOf = (profile: Record<string, unknown>) =>
    identifiersOf('pool', 'user', profile).map(({ type, value, slot }) => [type, value, slot]);

  it('are every name by which the API can ask for the user', () => {
    const profile = {
      ...{ username: 'Ann', email: 'Ann@Example.COM', phone: '170 1', phoneCountryCode: '+49', externalId: 'x1' },
      identities: [{ extIdpId: 'idp', provider: 'wechat', userIdInIdp: 'o1' }],
      customData: { badge: 17, level: 'a', nested: { no: 1 }, none: null },
    };
    expect(valuesOf(profile)).toEqual([
      ['external_id', 'x1', ''],
      ['username', 'Ann', ''],
      ['email', 'ann@example.com', ''],
      ['phone', '+491701', ''],
      ['identity', 'idp:o1', ''],
      ['sync_relation', 'wechat:o1', 'user'],
      ['custom_field', 'badge:17', 'user'],
      ['custom_field', 'level:a', 'user'],
    ]);
  });

  it('are none for what is empty or of another type', () => {
    expect(valuesOf({ username: '', email: 5, phone: null, identities: [], customData: {} })).toEqual([]);
  });

  it('are each there once', () => {
    const identity = { extIdpId: 'idp', provider: 'p', userIdInIdp: 'o1' };
    expect(valuesOf({ identities: [identity, { ...identity }] })).toHaveLength(2);
  });
});
