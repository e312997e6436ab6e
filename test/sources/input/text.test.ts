import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/sources/input/lines.ts';
import { decodeHead, readText } from '../../../src/sources/input/text.ts';
import { createRandom, inputOf } from '../support/inputs.ts';

/** Bytes of 用户,密钥 in GBK. */
const GBK = Buffer.from('d3c3bba72cc3dcd4bf', 'hex');

async function textOf(bytes: Uint8Array | string, nextLength?: () => number): Promise<string> {
  let text = '';
  for await (const piece of readText(inputOf(bytes, nextLength))) text += piece;
  return text;
}

async function linesOf(text: string, nextLength?: () => number, maximumLength?: number): Promise<string[]> {
  const lines: string[] = [];
  const options = maximumLength === undefined ? {} : { maximumLength };
  for await (const batch of readLines(inputOf(text, nextLength), options)) {
    for (const line of batch) {
      expect(line.number).toBe(lines.length + 1);
      lines.push(line.text);
    }
  }
  return lines;
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const WRITTEN = 'user,密钥\n张三 😀,JBSWY3DP\n';

describe('the encoding of a file', () => {
  it.each([
    ['UTF-8', Buffer.from(WRITTEN)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${WRITTEN}`)],
    ['UTF-16LE with a byte order mark', Buffer.from(`\ufeff${WRITTEN}`, 'utf16le')],
    ['UTF-16BE with a byte order mark', utf16be(`\ufeff${WRITTEN}`)],
    ['UTF-16LE without one', Buffer.from(WRITTEN, 'utf16le')],
    ['UTF-16BE without one', utf16be(WRITTEN)],
  ])('%s is told, however the bytes are cut', async (_name, bytes) => {
    const random = createRandom(1);
    expect(await textOf(bytes)).toBe(WRITTEN);
    expect(await textOf(bytes, () => 1)).toBe(WRITTEN);
    expect(await textOf(bytes, () => random(7))).toBe(WRITTEN);
  });

  it('bytes that are no UTF-8 are read as GB18030, even when that shows only behind megabytes', async () => {
    const ascii = Buffer.from('a,b\n'.repeat(300_000));
    // Two bytes that are one character of UTF-8 and two of nothing else.
    const alike = Buffer.from('c3a90a', 'hex');
    const text = await textOf(Buffer.concat([ascii, alike, GBK]), () => 65_536);
    expect(text.slice(-5)).toBe('用户,密钥');
    expect(text.slice(1_200_000, 1_200_002)).toBe('茅\n');
    expect(await textOf(GBK, () => 1)).toBe('用户,密钥');
  });

  it('text in a code page of the West is refused, and no name of it is made another one', async () => {
    const western = Buffer.from('username,secret\nM\u00fcller,A\nGr\u00fcn,B\nJos\u00e9 P\u00e9rez,C\n', 'latin1');
    await expect(textOf(western)).rejects.toMatchObject({ code: 'source_damaged' });
    await expect(textOf(western, () => 1)).rejects.toMatchObject({ code: 'source_damaged' });
    // 朱镕基, whose second character ends with a letter, among others.
    const names = Buffer.concat([GBK, Buffer.from('\n'), Buffer.from('d6ece946bbf9', 'hex'), Buffer.from('\n'), GBK]);
    expect(await textOf(names)).toBe('用户,密钥\n朱镕基\n用户,密钥');
  });

  it('what is text in no encoding is refused with a typed error', async () => {
    await expect(textOf(Buffer.from('ff3020ff', 'hex'))).rejects.toMatchObject({ code: 'source_damaged' });
    await expect(textOf(Buffer.from('用户').subarray(0, 5))).rejects.toMatchObject({ code: 'source_damaged' });
    expect(decodeHead(Buffer.from('000001f4ff30ff', 'hex'), true)).toBeUndefined();
  });

  it('a head that is cut inside a character is still text', () => {
    expect(decodeHead(Buffer.from('用户').subarray(0, 5), false)).toBe('用');
    expect(decodeHead(GBK.subarray(0, 3), false)).toBe('用');
    expect(decodeHead(Buffer.from(`\ufeffab`, 'utf16le').subarray(0, 5), false)).toBe('a');
  });
});

describe('the lines of a file', () => {
  it('end with LF, CRLF or CR, with the same numbers however the bytes are cut', async () => {
    const text = 'one\r\ntwo\rthree\n\nfive\r\n\r\nseven';
    const expected = ['one', 'two', 'three', '', 'five', '', 'seven'];
    for (let length = 1; length < 12; length++) expect(await linesOf(text, () => length)).toEqual(expected);
    expect(await linesOf('one\n')).toEqual(['one']);
    expect(await linesOf('')).toEqual([]);
  });

  it('have a bounded length', async () => {
    const text = `short\n${'x'.repeat(5000)}\n`;
    await expect(linesOf(text, undefined, 4096)).rejects.toMatchObject({
      code: 'source_item_too_large',
      parameters: { item: 2, limitKiB: 4 },
    });
    await expect(linesOf(text, () => 100, 4096)).rejects.toMatchObject({ code: 'source_item_too_large' });
  });
});
