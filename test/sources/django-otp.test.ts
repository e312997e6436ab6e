import { describe, expect, it } from 'vitest';
import { readDjangoDevices } from '../../src/sources/django-devices.ts';
import { djangoOtp } from '../../src/sources/django-otp.ts';
import type { SourceItem } from '../../src/sources/source.ts';
import { cases, longFile } from './fixtures/django-otp.ts';
import { simplify } from './support/cases.ts';
import { testSource } from './support/conformance.ts';
import { inputOf } from './support/inputs.ts';

testSource(djangoOtp, cases, longFile);

describe('a dump with more devices than wait for their users at a time', () => {
  it('gives the same items', async () => {
    const people = 3_000;
    const numbers = Array.from({ length: people }, (_, index) => index);
    const key = '00112233445566778899aabbccddeeff01234567';
    const fields = { confirmed: true, key, step: 30, t0: 0, digits: 6, drift: 0 };
    const dump = JSON.stringify([
      ...numbers.map((user) => ({ model: 'otp_totp.totpdevice', pk: user, fields: { user, ...fields } })),
      ...numbers.map((user) => ({ model: 'otp_static.staticdevice', pk: user, fields: { user, confirmed: true } })),
      ...numbers.map((device) => ({
        model: 'otp_static.statictoken',
        pk: device,
        fields: { device, token: `code${device}x` },
      })),
      ...numbers.map((pk) => ({ model: 'auth.user', pk, fields: { username: `user${pk}`, email: '' } })),
    ]);
    const batches = async (windowLength?: number) => {
      const found: (readonly SourceItem[])[] = [];
      const input = inputOf(dump, () => 10_000);
      for await (const batch of readDjangoDevices(input, 'django-otp', windowLength)) found.push(batch);
      return found;
    };
    const [whole, ...none] = await batches();
    expect(none).toEqual([]);
    expect(whole?.[2_999]).toMatchObject({
      entry: { place: { item: people }, user: { id: '2999', username: 'user2999' } },
    });
    const parted = await batches(500);
    expect(parted.length).toBeGreaterThan(4);
    expect(parted.flat().map(simplify)).toEqual(whole?.map(simplify));
  });
});
