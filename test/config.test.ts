import { resolve } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, masterKeyPath, readConfig, SETTINGS, sqlitePath, terminalLanguage } from '../src/config.ts';
import { FactorportError } from '../src/errors/error.ts';

const names = Object.keys(SETTINGS) as (keyof Config)[];

function refusalOf(work: () => unknown): FactorportError {
  try {
    work();
  } catch (error) {
    return error as FactorportError;
  }
  throw new Error('not refused');
}

describe('readConfig', () => {
  it('has a default for everything that can have one, and the result cannot be changed', () => {
    const config = readConfig({}, {});
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8787,
      dataDir: resolve('data'),
      databaseUrl: undefined,
      masterKey: undefined,
      masterKeyUri: undefined,
      masterKeyPrevious: undefined,
      masterKeyUriPrevious: undefined,
      vaultAddress: undefined,
      vaultToken: undefined,
      vaultNamespace: undefined,
      clockSkewSeconds: 300,
      verifyWindowSteps: 1,
      hotpLookAhead: 10,
      importMaxItems: 100_000,
      importMaxMiB: 64,
      uploadDir: undefined,
      uploadMaxMiB: 8192,
      undoDays: 30,
      rateLimitPerKey: 5_000,
      rateLimitPerAddress: 300,
      logLevel: 'info',
      trustProxy: false,
      shutdownSeconds: 30,
      auditRetentionDays: 0,
      issuerName: 'Factorport',
      oidcIssuer: undefined,
      oidcAudience: undefined,
      oidcUserClaim: 'sub',
      oidcUserIdType: 'external_id',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes a flag before the environment, the environment before the default, and an empty value for none', () => {
    expect(readConfig({ port: '1' }, { FACTORPORT_PORT: '2' }).port).toBe(1);
    expect(readConfig({}, { FACTORPORT_PORT: '2' }).port).toBe(2);
    expect(readConfig({ port: '' }, { FACTORPORT_PORT: '2' }).port).toBe(2);
    expect(readConfig({ port: '' }, { FACTORPORT_PORT: '' }).port).toBe(8787);
    expect(readConfig({ port: undefined }, {}).port).toBe(8787);
  });

  it.each([
    ['FACTORPORT_PORT', ['0', '65535'], ['65536', '-1', '80 ', '8e1', '0x50', 'http', '１']],
    ['FACTORPORT_CLOCK_SKEW_SECONDS', ['1', '86400'], ['0', '86401', '1.5']],
    ['FACTORPORT_VERIFY_WINDOW_STEPS', ['0', '2'], ['3', '-1']],
    ['FACTORPORT_IMPORT_MAX_ITEMS', ['1', '1000000'], ['0', '1000001']],
    ['FACTORPORT_IMPORT_MAX_MIB', ['1', '512'], ['0', '513']],
    ['FACTORPORT_RATE_LIMIT_PER_KEY', ['0', '1000000'], ['1000001', '-1']],
    ['FACTORPORT_RATE_LIMIT_PER_ADDRESS', ['0', '1000000'], ['1000001', '1.5']],
    ['FACTORPORT_LOG_LEVEL', ['silent', 'debug'], ['trace', 'INFO', 'constructor']],
    ['FACTORPORT_TRUST_PROXY', ['true', 'false'], ['1', 'yes', 'TRUE']],
    ['FACTORPORT_SHUTDOWN_SECONDS', ['0', '3600'], ['3601']],
    ['FACTORPORT_ISSUER_NAME', ['Example 公司', 'x'.repeat(64)], ['Example: test', 'x'.repeat(65)]],
    ['FACTORPORT_OIDC_USER_ID_TYPE', ['user_id', 'email'], ['sub', 'EMAIL']],
    [
      'FACTORPORT_MASTER_KEY_URI',
      [
        'awskms:///alias/factorport',
        'awskms:///alias/factorport?region=eu-west-1',
        'awskms:///arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        'awskms://localhost:4566/alias/factorport?region=eu-west-1',
        'hashivault://factorport',
        'hashivault://factorport?mount=keys/transit',
      ],
      [
        'awskms://',
        'awskms:///',
        'awskms://alias/a b',
        'awskms:///alias/a?regoin=eu-west-1',
        'awskms://user:password@host/alias/a',
        'hashivault://',
        'hashivault://a/b',
        'hashivault://a?mount=../sys',
        'hashivault://a#b',
        'gcpkms://projects/a',
        'file:///master.key',
      ],
    ],
    ['VAULT_ADDR', ['https://vault:8200', 'http://127.0.0.1:8200'], ['vault:8200', 'ftp://vault']],
    ['DATABASE_URL', ['postgres://a', 'postgresql://u:p@h/d'], ['mysql://a', 'localhost', ' postgres://a']],
  ])('takes for %s only what it is documented to be', (name, right, wrong) => {
    for (const value of right) expect(() => readConfig({}, { [name]: value }), value).not.toThrow();
    for (const value of wrong) {
      const refusal = refusalOf(() => readConfig({}, { [name]: value }));
      expect(refusal, value).toMatchObject({ code: 'setting_invalid' });
      expect(refusal.message).toContain(name);
    }
  });

  it('takes an OpenID issuer only by HTTPS, or on this machine itself, and never one of issuer and audience alone', () => {
    const withIssuer = (value: string, audience?: string) =>
      readConfig({}, { FACTORPORT_OIDC_ISSUER: value, FACTORPORT_OIDC_AUDIENCE: audience });
    const loopback = ['http://localhost:3000/oidc', 'http://127.0.0.1', 'http://[::1]:80'];
    for (const value of ['https://id.example.com', 'https://id.example.com/realms/a/', ...loopback]) {
      expect(withIssuer(value, 'factorport').oidcIssuer, value).toBe(value);
      expect(refusalOf(() => withIssuer(value)).message).toContain('FACTORPORT_OIDC_AUDIENCE');
    }
    expect(refusalOf(() => withIssuer('', 'factorport')).message).toContain('FACTORPORT_OIDC_AUDIENCE');
    const elsewhere = ['http://id.example.com', 'http://127.0.0.1.example.com', 'http://localhost.example.com'];
    const odd = ['id.example.com', 'ftp://localhost', 'https://id.example.com?a=b', 'https://id.example.com/#a'];
    for (const value of [...elsewhere, ...odd]) {
      const refusal = refusalOf(() => withIssuer(value, 'factorport'));
      expect(refusal, value).toMatchObject({ code: 'setting_invalid' });
      expect(refusal.message).toContain('FACTORPORT_OIDC_ISSUER');
    }
  });

  it('takes no name that every JavaScript object has for a value', () => {
    for (const value of ['constructor', 'toString', '__proto__', 'valueOf', 'hasOwnProperty']) {
      const refusal = refusalOf(() => readConfig({}, { FACTORPORT_TRUST_PROXY: value }));
      expect(refusal, value).toMatchObject({ code: 'setting_invalid' });
    }
  });

  it('never repeats a value in a refusal, because it may be a secret', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.stringMatching(/^[a-zA-Z0-9:/@]{12,40}$/), (name, value) => {
        try {
          readConfig({}, { [SETTINGS[name].environment]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(FactorportError);
          expect(inspect(error, { depth: null })).not.toContain(value);
        }
      }),
    );
  });

  it('offers no flag for the master key, which would stand in the list of processes', () => {
    expect(SETTINGS.masterKey).not.toHaveProperty('flag');
    expect(readConfig({ 'master-key': 'x', masterKey: 'x' }, {}).masterKey).toBeUndefined();
  });

  it('has a name of its own for every setting, and words in both languages', () => {
    const environments = names.map((name) => SETTINGS[name].environment);
    expect(new Set(environments).size).toBe(names.length);
    const flags = names.flatMap((name) => SETTINGS[name].flag ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    for (const name of names) {
      const { en, zh, expected } = SETTINGS[name];
      for (const text of [en, zh, expected.en, expected.zh]) expect(text.length).toBeGreaterThan(3);
      for (const text of [zh, expected.zh]) expect(text).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe('paths', () => {
  it('lie in the data directory', () => {
    const config = readConfig({ 'data-dir': '/srv/factorport' }, {});
    expect([masterKeyPath(config), sqlitePath(config)]).toEqual([
      '/srv/factorport/master.key',
      '/srv/factorport/factorport.db',
    ]);
  });
});

describe('terminalLanguage', () => {
  it('follows LC_ALL, then LC_MESSAGES, then LANG, and is English otherwise', () => {
    expect(terminalLanguage({ LC_ALL: 'zh_CN.UTF-8', LANG: 'en_US' })).toBe('zh');
    expect(terminalLanguage({ LC_ALL: '', LC_MESSAGES: 'ZH_TW', LANG: 'en_US' })).toBe('zh');
    expect(terminalLanguage({ LC_MESSAGES: 'en_US', LANG: 'zh_CN' })).toBe('en');
    for (const environment of [{}, { LANG: 'C' }, { LANG: 'de_DE' }]) expect(terminalLanguage(environment)).toBe('en');
  });
});
