import fc from 'fast-check';
import { HOTP, Secret, TOTP, URI } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { formatKeyUri, type KeyUri, parseKeyUri } from '../../src/otp/key-uri.ts';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { hotpParameters, seeds, totpParameters } from './arbitraries.ts';

const SECRET = 'JBSWY3DPEHPK3PXP';
/** "Neither issuer nor account name may themselves contain a colon" (Key Uri Format); spaces before an account are not its own. */
const names = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .filter((text) => text.isWellFormed() && !text.includes(':') && text.trimStart() === text);

const keys: fc.Arbitrary<KeyUri> = fc
  .tuple(seeds, fc.oneof(totpParameters, hotpParameters), names, fc.option(names, { nil: undefined }), fc.nat())
  .map(([seed, parameters, account, issuer, counter]) => ({
    seed,
    parameters,
    account,
    counter: parameters.type === 'hotp' ? counter : 0,
    ...(issuer === undefined ? {} : { issuer }),
  }));

function plain(key: KeyUri | string): unknown {
  return typeof key === 'string' ? key : { ...key, seed: key.seed.toBase32() };
}

const uri = (query: string, type = 'totp') => `otpauth://${type}/Issuer:bob?secret=${SECRET}${query}`;

describe('key URI', () => {
  it('gives back everything that was written into it', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(plain(parseKeyUri(formatKeyUri(key)))).toEqual(plain(key));
      }),
    );
  });

  it('keeps an account that is only dots, which a URL would take for a path', () => {
    for (const account of ['.', '..']) {
      const key = { seed: new Seed(new Uint8Array(20)), parameters: DEFAULT_PARAMETERS, counter: 0, account };
      expect(plain(parseKeyUri(formatKeyUri(key)))).toEqual(plain(key));
    }
  });

  it('is read by an independent library as it was meant', () => {
    fc.assert(
      fc.property(keys, (key) => {
        fc.pre(!/[\n\r\u2028\u2029]/.test(key.account));
        const read = URI.parse(formatKeyUri(key));
        const { type, algorithm, digits, periodSeconds } = key.parameters;
        expect(read).toBeInstanceOf(type === 'totp' ? TOTP : HOTP);
        expect(read).toMatchObject({ algorithm, digits, label: key.account, issuer: key.issuer ?? '' });
        expect(read.secret.base32).toBe(key.seed.toBase32());
        if (read instanceof TOTP) expect(read.period).toBe(periodSeconds);
        else expect(read.counter).toBe(key.counter);
      }),
    );
  });

  it('reads what an independent library writes', () => {
    fc.assert(
      fc.property(keys, fc.boolean(), (key, issuerInLabel) => {
        const { algorithm, digits, periodSeconds: period } = key.parameters;
        const secret = new Secret({ buffer: Uint8Array.from(key.seed.bytes).buffer });
        const common = { issuer: key.issuer ?? '', label: key.account, issuerInLabel, secret, algorithm, digits };
        fc.pre(!/^\.{1,2}$/.test(key.account));
        const written =
          key.parameters.type === 'totp'
            ? new TOTP({ ...common, period })
            : new HOTP({ ...common, counter: key.counter });
        expect(plain(parseKeyUri(URI.stringify(written)))).toEqual(plain(key));
      }),
    );
  });

  it('takes the documented default for a parameter that is absent', () => {
    expect(parseKeyUri(uri(''))).toMatchObject({ parameters: DEFAULT_PARAMETERS, issuer: 'Issuer', account: 'bob' });
    expect(parseKeyUri(`otpauth://totp/bob?secret=${SECRET}`)).not.toHaveProperty('issuer');
  });

  it.each([
    ['&algorithm=MD5', 'unsupported_algorithm'],
    ['&algorithm=', 'unsupported_algorithm'],
    ['&digits=5', 'digits_out_of_range'],
    ['&digits=9', 'digits_out_of_range'],
    ['&digits=', 'digits_out_of_range'],
    ['&digits=six', 'digits_out_of_range'],
    ['&digits=6.0', 'digits_out_of_range'],
    ['&digits=%2B6', 'digits_out_of_range'],
    ['&period=0', 'period_out_of_range'],
    ['&period=-30', 'period_out_of_range'],
    ['&period=301', 'period_out_of_range'],
    ['&period=', 'period_out_of_range'],
    ['&period=30s', 'period_out_of_range'],
  ])('refuses %s rather than putting a default in its place', (query, problem) => {
    expect(parseKeyUri(uri(query))).toBe(problem);
  });

  it('never puts a default in the place of a parameter whose name is written in another case', () => {
    expect(parseKeyUri(uri('&Algorithm=SHA256&DIGITS=8&Period=60'))).toMatchObject({
      parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
    });
  });

  it('refuses HOTP without a counter that it can read', () => {
    for (const query of ['', '&counter=', '&counter=-1', '&counter=x']) {
      expect(parseKeyUri(uri(query, 'hotp')), query).toBe('bad_counter');
    }
    expect(parseKeyUri(uri('&counter=0', 'HOTP'))).toMatchObject({ counter: 0 });
  });

  it('names what is wrong with the rest of a URI', () => {
    expect(parseKeyUri('https://totp/bob?secret=A')).toBe('not_key_uri');
    expect(parseKeyUri('otpauth://totp/%E0%A4%A?secret=A')).toBe('not_key_uri');
    expect(parseKeyUri(uri('', 'steam'))).toBe('unsupported_type');
    expect(parseKeyUri('otpauth://totp/bob')).toBe('missing_secret');
    expect(parseKeyUri('otpauth://totp/bob?secret=')).toBe('secret_empty');
    expect(parseKeyUri('otpauth://totp/bob?secret=not-base-32-at-all!')).toBe('secret_not_base32');
  });

  it('never throws, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((rest) => `otpauth://totp/${rest}`),
      fc.webQueryParameters().map((query) => `otpauth://hotp/a:b?${query}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => parseKeyUri(text)).not.toThrow();
      }),
    );
  });
});
