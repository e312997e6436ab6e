import { describe, expect, it } from 'vitest';
import { findSource } from '../../src/sources/registry.ts';
import type { Source } from '../../src/sources/source.ts';
import { simplify } from './support/cases.ts';
import { inputOf } from './support/inputs.ts';
import { readItems } from './support/read-items.ts';

const BASE32 = 'MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U';
const BASE64 = 'QUJDREVGR0hJSktMTU5PUFFSU1Q=';
const HEX = '4142434445464748494a4b4c4d4e4f5051525354';

/** What JSON can have in the place of a text or a number. An object with such a member cannot even become a text. */
const ODD: readonly unknown[] = [{ toString: 1 }, [{ toString: 1 }], ['SHA1'], [], true, '', ' ', 'six', -1, 0.5, 1e30];

const OTP = { subType: 'totp', digits: 6, period: 30, algorithm: 'HmacSHA1', counter: 0 };
const DEVICE = { user: 1, key: HEX, confirmed: true, step: 30, t0: 0, digits: 6 };

describe('what is there and not understood', () => {
  it.each(['algorithm', 'digits', 'period', 'subType'])('is no default of Keycloak: %s', async (name) => {
    for (const odd of ODD) {
      expect(await read('keycloak', keycloak({ ...OTP, [name]: odd })), JSON.stringify(odd)).toMatchObject([
        { problem: expect.any(String), field: `credentials[0].credentialData.${name}` },
      ]);
    }
  });

  it('is no counter of Keycloak, and no sign that there is one', async () => {
    for (const odd of ODD.filter((one) => one !== '' && one !== ' ')) {
      expect(await read('keycloak', keycloak({ ...OTP, subType: 'hotp', counter: odd }))).toMatchObject([
        { problem: 'counter_out_of_range' },
      ]);
      const { subType: _, ...other } = OTP;
      expect(await read('keycloak', keycloak({ ...other, counter: odd }))).toMatchObject([{ problem: 'missing' }]);
    }
  });

  it('is no data of a credential of Keycloak, without which its secret cannot be read', async () => {
    expect(await read('keycloak', keycloak(undefined))).toMatchObject([
      { problem: 'missing', field: 'credentials[0].credentialData' },
    ]);
    expect(await read('keycloak', keycloak(OTP, [{ toString: 1 }]))).toMatchObject([{ problem: 'row_damaged' }]);
    expect(await read('keycloak', keycloak(OTP, '{"value":"ABCDEFGHIJKLMNOPQRS\\ud800"}'))).toMatchObject([
      { problem: 'wrong_type' },
    ]);
  });

  it.each(['t0', 'step', 'digits'])('is no default of django-otp: %s', async (name) => {
    for (const odd of ODD) {
      const dump = [{ model: 'otp_totp.totpdevice', pk: 1, fields: { ...DEVICE, [name]: odd } }];
      expect(await read('django-otp', JSON.stringify(dump)), JSON.stringify(odd)).toMatchObject([
        { problem: expect.any(String), field: `fields.${name}` },
      ]);
    }
  });

  it.each(['Type', 'Algorithm'])('is no number of an enumeration of Stratum: %s', async (name) => {
    for (const odd of [...ODD, null, '0', '2', 99]) {
      const one = { Username: 'a', Secret: BASE32, Type: 2, Algorithm: 0, Digits: 6, Period: 30, [name]: odd };
      expect(await read('stratum', JSON.stringify({ Authenticators: [one] })), JSON.stringify(odd)).toMatchObject([
        { problem: expect.any(String), field: name },
      ]);
    }
  });

  it('is no type of a row, even where every object has such a member', async () => {
    for (const type of ['constructor', '__proto__', 'tostring', 'valueof']) {
      expect(await read('csv', `username,secret,type\nann,${BASE32},${type}\n`)).toMatchObject([
        { problem: 'unsupported_type' },
      ]);
      expect(await read('oath-csv', `S1,${HEX},totp,6,30\nS2,${HEX},${type},6,30\n`)).toMatchObject([
        { secret: expect.any(String) },
        { problem: 'unsupported_type' },
      ]);
    }
  });

  it('is no default of PSKC', async () => {
    expect(await read('pskc', pskc('Length=""'))).toMatchObject([{ problem: 'digits_out_of_range' }]);
    expect(await read('pskc', pskc('Length="6"', '<Suite/>'))).toMatchObject([{ problem: 'unsupported_algorithm' }]);
  });

  it('is no user without an OTP, where a secret is of another type', async () => {
    const files: readonly [name: string, file: unknown][] = [
      ['zitadel', { userName: 'ann', otpCode: 5 }],
      ['casdoor', { users: [{ owner: 'o', name: 'ann', totpSecret: ['x'] }] }],
      ['clerk', [{ external_id: 'ann', totp_secret: {} }]],
    ];
    for (const [name, file] of files) {
      expect(await read(name, JSON.stringify(file)), name).toMatchObject([{ problem: 'wrong_type' }]);
    }
  });

  it('is no absence of recovery codes', async () => {
    const method = { method: 'authenticator', secret: BASE64 };
    const files: readonly [name: string, file: (codes: unknown) => unknown][] = [
      ['zitadel', (recoveryCodes) => ({ userName: 'ann', otpCode: BASE32, recoveryCodes })],
      ['casdoor', (recoveryCodes) => [{ owner: 'o', name: 'ann', totpSecret: BASE32, recoveryCodes }]],
      ['clerk', (backup_codes) => [{ external_id: 'ann', totp_secret: BASE32, backup_codes }]],
      ['fusionauth', (recoveryCodes) => ({ users: [{ id: 'ann', twoFactor: { methods: [method], recoveryCodes } }] })],
    ];
    for (const [name, file] of files) {
      expect(await read(name, JSON.stringify(file('abcd-efgh ijkl-mnop'))), name).toMatchObject([
        { problem: 'wrong_type', field: expect.stringMatching(/codes/i) },
      ]);
      expect(await read(name, JSON.stringify(file(null))), name).toMatchObject([{ recoveryCodes: [] }]);
      expect(await read(name, JSON.stringify(file(['abcd-efgh']))), name).toMatchObject([
        { recoveryCodes: ['abcdefgh'] },
      ]);
    }
  });

  it('is no token of FreeIPA that has two keys, and its dates are told as lost', async () => {
    const token = `dn: ipatokenuniqueid=1,cn=otp\nobjectClass: ipatokenTOTP\nipatokenOwner: uid=a%20\\2Cb,cn=users\n`;
    const key = `ipatokenOTPkey:: ${BASE64}\n`;
    expect(await read('freeipa', `${token}${key}${key}`)).toMatchObject([{ problem: 'row_damaged' }]);
    expect(await read('freeipa', `${token}${key}ipatokenNotAfter: 20300101000000Z\n`)).toMatchObject([
      { user: { username: 'a%20,b' }, notes: ['usage_limits_lost'] },
    ]);
  });
});

async function read(name: string, text: string): Promise<readonly unknown[]> {
  const { items, error } = await readItems(findSource(name) as Source, inputOf(text));
  if (error !== undefined) throw error;
  return items.map(simplify);
}

function keycloak(data: unknown, secretData: unknown = JSON.stringify({ value: 'ABCDEFGHIJKLMNOPQRST' })): string {
  const credentialData = data === undefined ? undefined : JSON.stringify(data);
  return JSON.stringify({
    realm: 'r',
    users: [{ username: 'a', credentials: [{ type: 'otp', secretData, credentialData }] }],
  });
}

function pskc(format: string, suite = ''): string {
  return `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
<AlgorithmParameters>${suite}<ResponseFormat ${format} Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>${BASE64}</PlainValue></Secret></Data><UserId>a</UserId></Key></KeyPackage></KeyContainer>`;
}
