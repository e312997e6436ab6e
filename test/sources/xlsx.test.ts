import { deflateRawSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { xlsx } from '../../src/sources/xlsx.ts';
import { cases } from './fixtures/xlsx.ts';
import { testSource } from './support/conformance.ts';

import { createRandom, inputOf } from './support/inputs.ts';
import { mutate } from './support/mutate.ts';
import { isTyped, readItems } from './support/read-items.ts';

testSource(xlsx, cases);

const RELATIONS =
  '<r><Relationship Id="r1" Type="u/worksheet" Target="s.xml"/><Relationship Id="r2" Type="u/sharedStrings" Target="t.xml"/></r>';
const BOOK = '<workbook><sheets><sheet name="S" id="r1"/></sheets></workbook>';

function packed(sheet: Uint8Array, texts = '<sst/>'): Uint8Array {
  return zipSync({
    'xl/workbook.xml': strToU8(BOOK),
    'xl/_rels/workbook.xml.rels': strToU8(RELATIONS),
    'xl/s.xml': sheet,
    'xl/t.xml': strToU8(texts),
  });
}

it('a cell without an end is refused before it fills the memory', async () => {
  const bomb = Buffer.concat([Buffer.from('<s><row><c t="inlineStr"><is><t>'), Buffer.alloc(64 * 1024 * 1024, 0x41)]);
  expect(deflateRawSync(bomb).length).toBeLessThan(100_000);
  const { items, error } = await readItems(xlsx, inputOf(packed(bomb)));
  expect(items).toEqual([]);
  expect(error).toMatchObject({ code: 'source_item_too_large' });
});

it('entities of a document type are not expanded', async () => {
  const sheet = '<!DOCTYPE s [<!ENTITY e "x">]><s><row><c t="inlineStr"><is><t>&e;</t></is></c></row></s>';
  expect((await readItems(xlsx, inputOf(packed(strToU8(sheet))))).error).toMatchObject({ code: 'source_damaged' });
});

it('a text that is not there is damage, and no empty cell', async () => {
  const sheet = '<s><row><c t="s"><v>0</v></c></row></s>';
  expect((await readItems(xlsx, inputOf(packed(strToU8(sheet))))).error).toMatchObject({ code: 'source_damaged' });
});

it('a cell far to the right makes its row damaged, and no row of its size', async () => {
  const cell = (reference: string, text: string) => `<c r="${reference}" t="inlineStr"><is><t>${text}</t></is></c>`;
  const sheet = `<s><row>${cell('A1', 'user')}${cell('B1', 'secret')}</row><row>${cell('XFD2', 'x')}</row></s>`;
  const { items } = await readItems(xlsx, inputOf(packed(strToU8(sheet))));
  expect(items).toMatchObject([{ kind: 'problem', problem: { reason: 'row_damaged' } }]);
});

it('damaged parts of a workbook give items or an error that is known', async () => {
  const random = createRandom(11);
  const rows = '<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>';
  const data = `<row r="2"><c r="A2" t="inlineStr"><is><t>anna</t></is></c><c r="B2"><v>12</v></c></row>`;
  const sheet = Buffer.from(`<worksheet><sheetData>${rows}${data.repeat(3)}</sheetData></worksheet>`);
  for (let number = 0; number < 1_000; number++) {
    const { items, error } = await readItems(
      xlsx,
      inputOf(packed(mutate([sheet], 0, random), '<sst><si><t>user</t></si><si><t>secret</t></si></sst>')),
    );
    if (error !== undefined && !isTyped(error)) throw error;
    expect(items.every(({ kind }) => kind === 'problem' || kind === 'nothing')).toBe(true);
  }
});
