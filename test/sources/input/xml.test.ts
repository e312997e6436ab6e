import { describe, expect, it } from 'vitest';
import { readXmlItems, type XmlElement, type XmlFormat } from '../../../src/sources/input/xml.ts';
import { inputOf } from '../support/inputs.ts';

const FORMAT: XmlFormat = {
  format: 'own',
  isRoot: ({ name }) => name === 'list',
  isWanted: ({ name }) => name === 'item',
};

describe('the reader of XML items', () => {
  it('gives each wanted child with its own text, attributes, namespace and line', async () => {
    const items = await read(
      '\n\n <?xml version="1.0"?><list xmlns:o="urn:o">\n<o:item a="1"\n o:b="2">x<!-- no -->y<![CDATA[&z]]></o:item>\n<other>k</other>\n<item><sub>&lt;</sub></item></list>',
    );
    expect(items).toMatchObject([
      { name: 'item', namespace: 'urn:o', text: 'xy&z', line: 4 },
      { name: 'item', namespace: '', children: [{ name: 'sub', text: '<', line: 7 }], line: 7 },
    ]);
    expect([...(items[0] as XmlElement).attributes]).toEqual([['a', '1']]);
  });

  it.each([
    ['a text', `<item>${'x'.repeat(300_000)}</item>`],
    ['a text that never ends', `<item>${'x'.repeat(600_000)}`],
    ['an attribute that never ends', `<item a="${'x'.repeat(600_000)}`],
    ['a name that never ends', `<${'x'.repeat(600_000)}`],
    ['a comment that never ends', `<!--${'x'.repeat(600_000)}`],
    ['many attributes', `<item ${Array.from({ length: 40_000 }, (_, index) => `a${index}="1"`).join(' ')}/>`],
    ['many empty elements', `<item>${'<a/>'.repeat(5_000)}</item>`],
    ['an element that is not wanted, with a long text', `<other>${'x'.repeat(300_000)}</other>`],
  ])('refuses %s beyond its bound', async (_name, content) => {
    await expect(read(`<list>${content}`)).rejects.toMatchObject({ code: 'source_item_too_large' });
  });

  it('refuses nesting beyond its bound, wanted or not', async () => {
    for (const name of ['item', 'other']) {
      await expect(read(`<list>${`<${name}>`.repeat(100)}`)).rejects.toMatchObject({ code: 'source_too_deep' });
    }
  });

  it.each([
    '<!DOCTYPE list><list/>',
    '<!DOCTYPE list SYSTEM "file:///etc/hostname"><list/>',
    '<!DOCTYPE list [<!ENTITY e SYSTEM "http://127.0.0.1:1/">]><list><item>&e;</item></list>',
    '<?xml version="1.0"?><!DOCTYPE list PUBLIC "a" "b" [<!ENTITY % p "q"> %p;]><list/>',
    '<!doctype list><list/>',
  ])('refuses a document type: %s', async (text) => {
    await expect(read(text)).rejects.toMatchObject({
      code: expect.stringMatching(/^source_(damaged|not_this_format)$/),
    });
  });

  it('quotes nothing of the file where it is damaged', async () => {
    const error = await read('<list><item>&topsecret;</item></list>').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'source_damaged' });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('topsecret');
  });

  it('takes no character of an encoding that it would read wrongly', async () => {
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><list><item>plain</item>';
    expect(await read(`${declared}</list>`)).toMatchObject([{ text: 'plain' }]);
    for (const item of ['<item>M\u00fcller</item>', '<item a="M\u00fcller"/>']) {
      const bytes = Buffer.from(`${declared}${item}</list>`, 'latin1');
      await expect(read(bytes)).rejects.toMatchObject({ code: 'source_damaged' });
    }
  });

  it('reads a file that is UTF-16', async () => {
    const bytes = Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><list><item>李</item></list>', 'utf16le');
    expect(await read(bytes)).toMatchObject([{ text: '李' }]);
  });
});

async function read(file: string | Uint8Array): Promise<readonly XmlElement[]> {
  const found: XmlElement[] = [];
  for await (const items of readXmlItems(
    inputOf(file, () => 10_000),
    FORMAT,
  ))
    found.push(...items);
  return found;
}
