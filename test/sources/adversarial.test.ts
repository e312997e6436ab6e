import { describe, expect, it } from 'vitest';
import { recogniseSource } from '../../src/sources/recognise.ts';
import { findSource } from '../../src/sources/registry.ts';
import type { Source } from '../../src/sources/source.ts';
import { workbook } from './fixtures/workbook.ts';
import { inputOf } from './support/inputs.ts';
import { isTyped, readItems } from './support/read-items.ts';

/** Within the limits of a line and of an element. By the square of this many characters it would take minutes. */
const LONG = 200_000;
const SECRET = 'MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U';

/** Texts over which a pattern could go back and forth. */
const FILES: readonly [what: string, source: string, text: () => string][] = [
  ['line breaks inside a user id of PSKC', 'pskc', () => pskc(`A${'\n'.repeat(LONG)}B`)],
  ['spaces inside a name of PSKC', 'pskc', () => pskc(`uid=A${' '.repeat(LONG)}B`)],
  ['spaces behind a name of PSKC', 'pskc', () => pskc(`uid${' '.repeat(LONG)}B`)],
  ['an address of mail that has two @', 'csv', () => `a@${'.'.repeat(LONG)}@,x\nb@c.d,y\n`],
  ['a secret in groups of one', 'csv', () => `username,secret\nann,${'A-'.repeat(LONG)}A\n`],
  ['a secret in groups of one, in hex', 'csv', () => `username,secret\nann,${'0:'.repeat(LONG)}0\n`],
  ['quotation marks', 'csv', () => `username,secret\n${'"'.repeat(LONG)},x\n`],
  ['escaped quotation marks', 'csv', () => `username,secret\n"${'""'.repeat(LONG)}",x\n`],
  ['lines that each open a quotation', 'csv', () => `username,secret\n${'"a\n'.repeat(10_000)}`],
  ['hash signs', 'csv', () => `username,secret\n${'#'.repeat(LONG)}${' '.repeat(LONG)}x\n`],
  ['cells', 'csv', () => `username,secret\n${','.repeat(LONG)}\n`],
  ['colons of a key URI', 'otpauth', () => `otpauth://totp/${':'.repeat(LONG)}?secret=${SECRET}\n`],
  ['parameters of a key URI', 'otpauth', () => `otpauth://totp/a?${'&a=b'.repeat(LONG / 2)}&secret=${SECRET}\n`],
  ['parameters of a transfer', 'google-authenticator', () => `otpauth-migration://offline?${'x&'.repeat(LONG)}#`],
  [
    'an owner of FreeIPA',
    'freeipa',
    () => `dn: a\nobjectClass: ipatokenTOTP\nipatokenOwner: uid=${'\\'.repeat(LONG)}\n`,
  ],
  ['comments of LDIF', 'freeipa', () => `${'# \n'.repeat(LONG)}dn: a\n`],
  ['folded lines of LDIF', 'freeipa', () => `dn: a\n${' b\n'.repeat(10_000)}\n`],
  ['an item of YAML', 'authelia', () => `totp_configurations:\n  - username: ${'['.repeat(30_000)}\n`],
  ['keys of YAML in each other', 'authelia', () => `totp_configurations:\n  - ${'? '.repeat(15_000)}\n`],
  ['keys of lists of YAML', 'authelia', () => `totp_configurations:\n  - ${'[? '.repeat(500)}\n`],
  ['objects of YAML', 'authelia', () => `totp_configurations:\n  - ${'{'.repeat(8_000)}\n`],
  ['tags of YAML', 'authelia', () => `totp_configurations:\n  - username: ${'!a &b '.repeat(8_000)}\n`],
  ['backslashes of JSON', 'keycloak', () => `{"realm":"${'\\\\'.repeat(LONG)}","users":[]}`],
  ['brackets of JSON', 'keycloak', () => `{"realm":"r","users":[${'['.repeat(LONG)}`],
  ['names of JSON', 'keycloak', () => `{"realm":"r","users":[{${'"a":1,'.repeat(LONG)}"a":1}]}`],
  ['digits of JSON', 'keycloak', () => `{"realm":"r","users":[{"id":${'1'.repeat(LONG)}}]}`],
];

describe('the time that a text takes does not grow with the square of its length', () => {
  it.each(FILES)('%s', { timeout: 20_000 }, async (_, name, text) => {
    const { error } = await readItems(findSource(name) as Source, inputOf(text()));
    if (error !== undefined) expect(isTyped(error), String(error)).toBe(true);
    await recogniseSource(inputOf(text())).catch((failure: unknown) => {
      if (!isTyped(failure)) throw failure;
    });
  });
});

describe('the memory that a file takes is not that of its longest row or list', () => {
  it('a row of a table with more cells than any has is damaged, and the others are read', async () => {
    const text = `username,secret\n${','.repeat(LONG)}\nann,${SECRET}\n`;
    const { items, error } = await readItems(findSource('csv') as Source, inputOf(text));
    expect(error).toBeUndefined();
    expect(items).toMatchObject([
      { kind: 'problem', problem: { reason: 'row_damaged', place: { line: 2 } } },
      { kind: 'entry', entry: { user: { username: 'ann' } } },
    ]);
  });

  it('a row of a workbook that repeats a long text is damaged, and the others are read', async () => {
    const long = 'x'.repeat(20_000);
    const wide = workbook({ users: [['username', 'secret'], Array.from({ length: 20 }, () => long), ['ann', SECRET]] });
    const { items, error } = await readItems(findSource('xlsx') as Source, inputOf(wide));
    expect(error).toBeUndefined();
    expect(items).toMatchObject([
      { kind: 'problem', problem: { reason: 'row_damaged' } },
      { kind: 'entry', entry: { user: { username: 'ann' } } },
    ]);
  });

  it.each([
    ['aegis', `{"header":{"slots":[]},"db":{"entries":[${'{},'.repeat(600_000)}{}]}}`],
    ['bitwarden', `login_totp\n${'a\n'.repeat(60_000)}`],
  ])('a file of one person with very many items is refused: %s', async (name, text) => {
    const { error } = await readItems(findSource(name) as Source, inputOf(text));
    expect(error).toMatchObject({ code: 'source_too_large' });
  });

  it.each([
    ['csv', ''],
    ['keycloak', '{"realm":"r","users":[{"id":"'],
    ['pskc', '<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><!--'],
    ['freeipa', 'dn: '],
    ['authelia', 'totp_configurations:\n  - username: '],
    ['otpauth', 'otpauth://totp/'],
  ])('an item without an end is refused within some MiB: %s', async (name, beginning) => {
    let given = 0;
    async function* open() {
      yield Buffer.from(beginning);
      for (; given < 2 ** 30; given += 65_536) yield Buffer.alloc(65_536, 'A');
    }
    const { error } = await readItems(findSource(name) as Source, { open });
    expect(error).toMatchObject({ code: 'source_item_too_large' });
    expect(given).toBeLessThan(8 * 2 ** 20);
  });
});

function pskc(userId: string): string {
  return `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
<Data><Secret><PlainValue>QUJDREVGR0hJSktMTU5PUFFSU1Q=</PlainValue></Secret></Data>
<UserId>${userId}</UserId></Key></KeyPackage></KeyContainer>`;
}
