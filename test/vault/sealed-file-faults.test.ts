import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileKeyText, newFileKey, readSealedFile, writeSealedFile } from '../../src/vault/sealed-file.ts';

const PIECE_BYTES = 256 * 1024;
const KEY = newFileKey();
const DIGEST_KEY = newFileKey();

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-file-'));
  path = join(folder, 'upload');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a sealed file', () => {
  it.each([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])(
    'of %i bytes is read as it was written, however it came, by its key in text form',
    async (length) => {
      const content = contentOf(length);
      const digests = new Set<string>();
      for (const cut of [1_000, PIECE_BYTES, 1_000_000]) {
        const { sizeBytes, digest } = await writeSealedFile(path, KEY, DIGEST_KEY, pieces(content, cut));
        expect(sizeBytes).toBe(length);
        digests.add(Buffer.from(digest).toString('hex'));
        expect((await contentIn(fileKeyText.read(fileKeyText.write(KEY)))).equals(content)).toBe(true);
        expect((await stat(path)).mode & 0o777).toBe(0o600);
        await rm(path);
      }
      expect(digests.size).toBe(1);
    },
  );

  it('holds nothing in clear', async () => {
    await writeSealedFile(path, KEY, DIGEST_KEY, pieces(Buffer.from('MFRGGZDFMZTWQ2LK'.repeat(100_000)), 65_536));
    expect((await readFile(path)).includes('MFRGGZDFMZTWQ2LK')).toBe(false);
  });

  it('that was cut at whatever place, changed, or is of another key is not read to its end', async () => {
    await writeSealedFile(path, KEY, DIGEST_KEY, pieces(contentOf(3 * PIECE_BYTES), 65_536));
    const whole = await readFile(path);
    const overhead = (whole.length - 3 * PIECE_BYTES - 24) / 4;
    const boundary = 24 + PIECE_BYTES + overhead;
    for (const length of [0, 23, 24, 25, boundary, boundary + 1, whole.length - overhead, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(contentIn(KEY), String(length)).rejects.toMatchObject({ code: 'upload_unreadable' });
    }
    for (const at of [0, 30, boundary + 5, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ 1;
      await writeFile(path, changed);
      await expect(contentIn(KEY), String(at)).rejects.toMatchObject({ code: 'upload_unreadable' });
    }
    await writeFile(path, whole);
    await expect(contentIn(newFileKey())).rejects.toMatchObject({ code: 'upload_unreadable' });
  });

  it('is not written on where one is already, and its writing ends with what its size is refused for', async () => {
    await writeFile(path, 'another');
    await expect(writeSealedFile(path, KEY, DIGEST_KEY, pieces(contentOf(1), 1))).rejects.toMatchObject({
      code: 'EEXIST',
    });
    await rm(path);
    const refuse = (sizeBytes: number) => {
      if (sizeBytes > 100_000) throw new Error('too large');
    };
    const writing = writeSealedFile(path, KEY, DIGEST_KEY, pieces(contentOf(2 * PIECE_BYTES), 50_000), refuse);
    await expect(writing).rejects.toThrow('too large');
    await expect(contentIn(KEY)).rejects.toMatchObject({ code: 'upload_unreadable' });
  });
});

function contentOf(length: number): Buffer {
  return Buffer.alloc(length, 'sealed piece by piece, ');
}

async function* pieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
}

async function contentIn(key: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readSealedFile(path, key)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
