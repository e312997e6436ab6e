import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFileKey, readSealedFile, writeSealedFile } from '../../src/vault/sealed-file.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { plantedSeed } from '../support/planted.ts';

const PIECE = 256 * 1024;
const DIGEST_KEY = new Uint8Array(32).fill(7);
let folder = '';
let names = 0;

beforeAll(() => {
  folder = artifactFolder('data', `sealed-files-${process.pid}`);
});

const newPath = () => join(folder, String(names++));

async function* cut(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(path: string, key: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of readSealedFile(path, key)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('a sealed file', () => {
  it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])('gives back %i bytes, however they came', async (size) => {
    const bytes = Buffer.alloc(size, plantedSeed(1));
    const key = newFileKey();
    const digests = [];
    for (const pieces of [1000, PIECE, PIECE + 7]) {
      const path = newPath();
      const written = await writeSealedFile(path, key, DIGEST_KEY, cut(bytes, pieces));
      expect(written.sizeBytes).toBe(size);
      digests.push(Buffer.from(written.digest).toString('hex'));
      expect((await read(path, key)).equals(bytes)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      if (size > 0) expect(readFileSync(path).includes(plantedSeed(1))).toBe(false);
    }
    expect(new Set(digests).size).toBe(1);
  });

  it('is unreadable with another key, cut at whatever place, with pieces exchanged or a bit changed, or gone', async () => {
    const path = newPath();
    const key = newFileKey();
    await writeSealedFile(path, key, DIGEST_KEY, cut(Buffer.alloc(2 * PIECE + 10, 'x'), PIECE));
    const whole = readFileSync(path);
    const sealedPiece = (whole.length - 24 - 10 - 17) / 2;
    const unreadable = { code: 'upload_unreadable' };
    await expect(read(path, newFileKey())).rejects.toMatchObject(unreadable);
    for (const length of [0, 10, 24, 24 + sealedPiece, 24 + 2 * sealedPiece, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      await expect(read(path, key), `cut at ${length}`).rejects.toMatchObject(unreadable);
    }
    const pieces = [0, 1].map((place) => whole.subarray(24 + place * sealedPiece, 24 + (place + 1) * sealedPiece));
    writeFileSync(
      path,
      Buffer.concat([whole.subarray(0, 24), ...pieces.reverse(), whole.subarray(24 + 2 * sealedPiece)]),
    );
    await expect(read(path, key)).rejects.toMatchObject(unreadable);
    for (const place of [0, 30, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[place] = (changed[place] as number) ^ 1;
      writeFileSync(path, changed);
      await expect(read(path, key), `bit at ${place}`).rejects.toMatchObject(unreadable);
    }
    writeFileSync(path, Buffer.concat([whole, whole.subarray(24)]));
    await expect(read(newPath(), key)).rejects.toMatchObject(unreadable);
  });

  it('says so where the disk has no room for it', () => {
    const script = `
      import { newFileKey, writeSealedFile } from './src/vault/sealed-file.ts';
      async function* bytes() { for (;;) yield Buffer.alloc(100_000); }
      await writeSealedFile(process.argv[1], newFileKey(), new Uint8Array(32), bytes()).catch((error) => console.log(error.code));`;
    const limited = 'ulimit -f 2000; exec "$0" "$@"';
    const words = [process.execPath, '--input-type=module', '--eval', script, newPath()];
    expect(execFileSync('sh', ['-c', limited, ...words], { encoding: 'utf8' })).toBe('upload_no_space\n');
  });

  it('overwrites no other file', async () => {
    const path = newPath();
    writeFileSync(path, 'there already');
    await expect(writeSealedFile(path, newFileKey(), DIGEST_KEY, cut(Buffer.alloc(1), 1))).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(readFileSync(path, 'utf8')).toBe('there already');
  });
});
