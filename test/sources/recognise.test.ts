import { describe, expect, it } from 'vitest';
import { createJsonSignsReader } from '../../src/sources/json-signs.ts';
import { recogniseSource } from '../../src/sources/recognise.ts';
import type { Recognition, Signs, Source } from '../../src/sources/source.ts';
import { inputOf } from './support/inputs.ts';

const BECAUSE = { en: 'it says so', zh: '文件如此说明' };

function sourceThat(name: string, recognise: (signs: Signs) => Recognition['certainty'] | undefined): Source {
  return {
    name,
    title: BECAUSE,
    howToExport: BECAUSE,
    recognise(signs) {
      const certainty = recognise(signs);
      return certainty === undefined ? undefined : { certainty, because: BECAUSE };
    },
    async *read() {},
  };
}

const byPath = (path: string) => (signs: Signs) => (signs.json?.paths.has(path) ? ('sure' as const) : undefined);
const REALM = sourceThat('realm', byPath('users.*.credentials.*.secretData'));
const MODEL = sourceThat('model', ({ json }) => (json?.values.has('*.model=otp.device') ? 'sure' : undefined));
const ANY_JSON = sourceThat('any-json', ({ json }) => (json === undefined ? undefined : 'possible'));
const TABLE = sourceThat('table', ({ rows }) => (rows?.[0]?.includes('secret') ? 'possible' : undefined));
const ALL = [REALM, MODEL, ANY_JSON, TABLE];

async function nameOf(text: string | Uint8Array, format?: string, nextLength?: () => number): Promise<string> {
  return (await recogniseSource(inputOf(text, nextLength), format, ALL)).source.name;
}

describe('the format of a file', () => {
  it('is told by what stands behind megabytes of settings, whatever these are', async () => {
    const settings = Object.fromEntries(
      Array.from({ length: 40_000 }, (_, index) => [
        `id-${index}`,
        { secret: `value "}]{[ ${index}`, list: [{ a: 1 }] },
      ]),
    );
    const realm = JSON.stringify({ settings, users: [{ credentials: [{ secretData: '{}' }] }], more: settings });
    expect(realm.length).toBeGreaterThan(4_000_000);
    expect(await nameOf(realm)).toBe('realm');
    expect(await nameOf(realm, undefined, () => 10_007)).toBe('realm');
  });

  it('is told by a value that only the last of many items has', async () => {
    const items = Array.from({ length: 20_000 }, (_, index) => ({ model: `auth.user${index % 20}`, pk: index }));
    expect(await nameOf(JSON.stringify([...items, { model: 'otp.device' }]))).toBe('model');
  });

  it('is told by the last model of a dump of many, and behind settings with names of their own', async () => {
    const models = Array.from({ length: 80 }, (_, model) => ({
      model: `app${model}.thing`,
      fields: Object.fromEntries(Array.from({ length: 6 }, (__, field) => [`field_${model}_${field}`, 'x'])),
    }));
    const device = { model: 'otp_totp.totpdevice', pk: 1, fields: { user: 1 } };
    const dump = JSON.stringify([...models, device]);
    expect((await recogniseSource(inputOf(dump))).source.name).toBe('django-otp');
    const components = Array.from({ length: 300 }, (_, component) => ({
      [`p${component}`]: Object.fromEntries(Array.from({ length: 30 }, (__, key) => [`k${component}_${key}`, 'v'])),
    }));
    const realm = JSON.stringify({ components, realm: 'r', users: [{ username: 'a', credentials: [] }] });
    expect((await recogniseSource(inputOf(realm))).source.name).toBe('keycloak');
  });

  it('is refused with what to do where it is a realm without its users', async () => {
    const realm = JSON.stringify({ id: 'r', realm: 'r', enabled: true, sslRequired: 'external', clients: [] });
    await expect(recogniseSource(inputOf(realm))).rejects.toMatchObject({
      code: 'source_unsupported',
      parameters: { advice: { en: expect.stringContaining('users') } },
    });
  });

  it('is that of the only source that thinks it possible', async () => {
    expect(await nameOf('{"a": 1}')).toBe('any-json');
    expect(await nameOf('user;secret\nanna;x\n')).toBe('table');
    expect(await nameOf(Buffer.from('\ufeffuser\tsecret\nanna\tx\n', 'utf16le'))).toBe('table');
  });

  it('is the one that is given, whatever the content', async () => {
    expect(await nameOf('{"a": 1}', ' Table ')).toBe('table');
    await expect(nameOf('{"a": 1}', 'nonsense')).rejects.toMatchObject({ code: 'source_unknown' });
  });

  it('is asked about where two are as good', async () => {
    const two = [sourceThat('one', byPath('a')), sourceThat('two', byPath('a'))];
    await expect(recogniseSource(inputOf('{"a": 1}'), undefined, two)).rejects.toMatchObject({
      code: 'source_ambiguous',
      parameters: { candidates: 'one, two' },
      data: { candidates: ['one', 'two'] },
    });
  });

  it.each([
    ['', 'source_empty'],
    ['\ufeff \r\n\t\n', 'source_empty'],
    ['just some text', 'source_unknown'],
    [Buffer.from('0000000100000002ff00ee11', 'hex'), 'source_unknown'],
    ['<html><body>backup</body></html>', 'source_unsupported'],
    ['{"accounts": {"1": {"shared_secret": "x", "identity_secret": "y"}}}', 'source_unsupported'],
    ["<?xml version='1.0'?><map><string name='com.authy.tokens'>[]</string></map>", 'source_unsupported'],
    [`gAAAAA${'Bq3-_'.repeat(30)}==`, 'source_unsupported'],
    [Buffer.from('AUTHENTICATORPRO\u0000\u00ff\u0001', 'latin1'), 'source_unsupported'],
    ['{"version": 1, "salt": "x", "content": "y"}', 'source_unsupported'],
    ['{"version": 1, "kdfParams": {"memLimit": 1}, "encryptedData": "x"}', 'source_unsupported'],
  ])('%.60s is refused as %s', async (text, code) => {
    await expect(nameOf(text)).rejects.toMatchObject({ code });
  });
});

describe('the signs of JSON', () => {
  it('are the same however the text is cut, and lines are told from one document', () => {
    const text = '{"a\\"b": [{"c": "short"}, "x"], "d": {"e": {}}, "long": "yyy"}\n{"f": "\\u4e2d"}';
    const whole = createJsonSignsReader();
    whole.write(text);
    expect([...whole.signs().paths]).toEqual(['*.a"b', '*.a"b.*.c', '*.d', '*.d.e', '*.long', '*.f']);
    expect([...whole.signs().values]).toEqual(['*.a"b.*.c=short', '*.a"b.*=x', '*.long=yyy', '*.f=中']);
    expect(whole.signs().isLines).toBe(true);
    const cut = createJsonSignsReader();
    for (const character of text) cut.write(character);
    expect(cut.signs()).toEqual(whole.signs());
  });

  it('are bounded, however many names, values and levels there are', () => {
    const reader = createJsonSignsReader();
    for (let index = 0; index < 30_000; index++) {
      reader.write(`{"n${index}": {"m${index}": {"k": "v${index}", "${'x'.repeat(300)}": "${'y'.repeat(300)}"}}}`);
    }
    reader.write('['.repeat(20_000));
    const { paths, values } = reader.signs();
    expect(paths.size).toBeLessThanOrEqual(5_000);
    expect(values.size).toBeLessThanOrEqual(5_000);
    for (const text of [...paths, ...values]) expect(text.length).toBeLessThan(1_000);
    expect(reader.isOver).toBe(true);
  });
});
