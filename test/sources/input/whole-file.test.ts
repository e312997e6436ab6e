import { describe, expect, it } from 'vitest';
import { parseWholeJson, readWholeBytes, readWholeText } from '../../../src/sources/input/whole-file.ts';
import { inputOf } from '../support/inputs.ts';

const MEBIBYTE = Buffer.alloc(1024 * 1024, 0x20);
/** Endless, to show that reading stops. */
const ENDLESS = {
  async *open() {
    for (;;) yield MEBIBYTE;
  },
};

describe('a file that is read whole', () => {
  it('is read to 64 MiB and no further', async () => {
    await expect(readWholeBytes(ENDLESS)).rejects.toMatchObject({ code: 'source_too_large' });
    await expect(readWholeText(ENDLESS)).rejects.toMatchObject({ code: 'source_too_large' });
  });

  it('is refused where it is empty', async () => {
    await expect(readWholeBytes(inputOf(''))).rejects.toMatchObject({ code: 'source_empty' });
    await expect(readWholeText(inputOf(' \r\n'))).rejects.toMatchObject({ code: 'source_empty' });
  });

  it('is parsed with brackets in texts counted for nothing', () => {
    const text = JSON.stringify({ a: '['.repeat(200), b: '\\"{'.repeat(200), c: [{ d: 1 }] });
    expect(parseWholeJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['source_too_deep', '['.repeat(65)],
    ['source_too_deep', '{"a":'.repeat(1_000_000)],
    ['source_damaged', '{"topsecret": 1'],
    ['source_damaged', 'topsecret'],
    ['source_damaged', '{"__proto__": {"topsecret": 1}}'],
    ['source_damaged', '{"\\u005f_pro\\u0074o__" : {}}'],
  ])('is refused with %s, and nothing of it quoted', (code, text) => {
    let error: unknown;
    try {
      parseWholeJson(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error, (error as Error).message, String((error as Error).cause)])).not.toContain(
      'topsecret',
    );
  });
});
