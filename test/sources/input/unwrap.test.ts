import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DEFAULT_UNWRAP_LIMITS, unwrap } from '../../../src/sources/input/unwrap.ts';
import { createRandom, inputOf } from '../support/inputs.ts';

const TEXT = Buffer.from('{"list": []}\n'.repeat(5_000));

async function contentOf(bytes: Uint8Array, limits = DEFAULT_UNWRAP_LIMITS, nextLength?: () => number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await unwrap(inputOf(bytes, nextLength), limits)).open()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** With a checksum, as the command writes it; without one nobody could tell that a file was changed. */
function packZstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** RFC 8878 §3.1.2. */
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

/** As `cat` and parallel packers put them together. */
function parts(bytes: Uint8Array, pack: (part: Uint8Array) => Uint8Array, between: Uint8Array = Buffer.alloc(0)) {
  return Buffer.concat([pack(bytes.subarray(0, 2_000)), between, pack(bytes.subarray(2_000))]);
}

const packers: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['gzip', (bytes) => gzipSync(bytes)],
  ['zstd', (bytes) => packZstd(bytes)],
  ['gzip of several members', (bytes) => parts(bytes, (part) => gzipSync(part))],
  ['zstd of several frames', (bytes) => parts(bytes, (part) => packZstd(part))],
  ['zstd with a frame to be skipped', (bytes) => parts(bytes, (part) => packZstd(part), SKIPPABLE)],
  ['a deflated zip', (bytes) => zipSync({ 'export/users.json': bytes })],
  ['a stored zip', (bytes) => zipSync({ 'users.json': [bytes, { level: 0 }] })],
  [
    'a zip of macOS',
    (bytes) =>
      zipSync({ 'a/': new Uint8Array(0), 'a/u.csv': bytes, '__MACOSX/a/._u.csv': bytes, 'a/.DS_Store': bytes }),
  ],
];

describe('a packed file', () => {
  it.each(packers)('in %s is unpacked, however its bytes come, and again', async (_name, pack) => {
    const random = createRandom(3);
    const packed = pack(TEXT);
    for (const nextLength of [undefined, () => 1, () => random(50)]) {
      expect((await contentOf(packed, undefined, nextLength)).equals(TEXT)).toBe(true);
    }
    const input = await unwrap(inputOf(packed));
    for (let time = 0; time < 2; time++) {
      let length = 0;
      for await (const chunk of input.open()) length += chunk.length;
      expect(length).toBe(TEXT.length);
    }
  });

  it('in zstd with something behind it that is none is refused', async () => {
    const packed = Buffer.concat([packZstd(TEXT), Buffer.from('{"userId":"more"}')]);
    await expect(contentOf(packed)).rejects.toMatchObject({ code: 'source_damaged' });
  });

  it('in many frames of zstd is held to the limits as a whole', async () => {
    const frames = Array.from({ length: 200 }, () => packZstd(Buffer.alloc(10_000)));
    const limits = { maximumBytes: 1_000_000, maximumRatio: 1_000_000 };
    await expect(contentOf(Buffer.concat(frames), limits)).rejects.toMatchObject({ code: 'source_too_large' });
  });

  it.each(packers)('in %s that is cut or changed is refused and never taken for whole', async (_name, pack) => {
    const random = createRandom(4);
    const packed = Buffer.from(pack(createNoise()));
    for (let time = 0; time < 60; time++) {
      const cut = contentOf(packed.subarray(0, 5 + random(packed.length - 5)));
      await expect(cut).rejects.toMatchObject({ code: expect.stringMatching(/^source_(damaged|archive)$/) });
    }
    // Behind the magic number, before the end: the content.
    for (let time = 0; time < 40; time++) {
      const changed = Buffer.from(packed);
      const at = 100 + random(3_000);
      changed[at] = (changed[at] as number) ^ (1 << random(8));
      const content = await contentOf(changed).catch((error: unknown) => error);
      // A flip in the date of a member, or in what zip puts beside the file, leaves the file as it was.
      if (Buffer.isBuffer(content)) expect(content.equals(createNoise())).toBe(true);
      else expect(content).toMatchObject({ code: expect.stringMatching(/^source_(damaged|archive)$/) });
    }
  });

  it('in two layers is unpacked, in three refused', async () => {
    expect((await contentOf(gzipSync(zipSync({ 'a.json': TEXT })))).equals(TEXT)).toBe(true);
    await expect(contentOf(gzipSync(gzipSync(gzipSync(TEXT))))).rejects.toMatchObject({ code: 'source_archive' });
  });

  it('that is none is given as it is, and so is a workbook', async () => {
    expect((await contentOf(TEXT)).equals(TEXT)).toBe(true);
    expect(await contentOf(new Uint8Array(0))).toHaveLength(0);
    const workbook = Buffer.from(zipSync({ '[Content_Types].xml': TEXT, 'xl/workbook.xml': TEXT }));
    expect((await contentOf(workbook)).equals(workbook)).toBe(true);
  });

  it('stops as soon as it grows beyond a limit', async () => {
    const zeros = new Uint8Array(64 * 1024 * 1024);
    const limits = { maximumBytes: 10_000_000, maximumRatio: 1e9 };
    for (const [, pack] of packers.slice(0, 3)) {
      const packed = pack(zeros);
      await expect(contentOf(packed, limits)).rejects.toMatchObject({ code: 'source_too_large' });
    }
    const ratio = { maximumBytes: 1e12, maximumRatio: 500 };
    let read = 0;
    const reading = async () => {
      const input = await unwrap(
        inputOf(gzipSync(zeros), () => 1_000),
        ratio,
      );
      for await (const chunk of input.open()) read += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'source_too_large', message: expect.stringMatching(/500/) });
    expect(read).toBeLessThan(35_000_000);
  });

  it('in an archive of several files, of none, or with a password is refused with what is wrong', async () => {
    const several = zipSync({ 'a.json': TEXT, 'b.json': TEXT });
    await expect(contentOf(several)).rejects.toThrow('it holds 2 files');
    await expect(contentOf(zipSync({}))).rejects.toThrow('it holds no file');
    const encrypted = Buffer.from(zipSync({ 'a.json': TEXT }));
    const directory = encrypted.lastIndexOf(Buffer.from('504b0102', 'hex'));
    encrypted[directory + 8] = 1;
    await expect(contentOf(encrypted)).rejects.toThrow('it is encrypted');
  });
});

describe('a file encrypted with PGP', () => {
  it.each([
    ['armoured', Buffer.from('\n-----BEGIN PGP MESSAGE-----\n\nhQEMA').toString('hex')],
    ['for a key, in the legacy form', '85010c03a1b2c3d4e5f6071801ff'],
    ['for a key, in the current form', 'c1c04c03a1b2c3d4e5f6071801ff'],
    ['for a password, in the legacy form', '8c0d040903021122334455667788ff'],
    ['for a password, in the current form', 'c30d040903021122334455667788ff'],
    ['with nothing before it', 'd2c0a601aabbcc'],
  ])('%s is refused with the way to decrypt it', async (_name, hex) => {
    await expect(contentOf(Buffer.from(hex, 'hex'))).rejects.toMatchObject({ code: 'source_pgp' });
  });

  it.each([
    ['text in GBK', Buffer.from('d3c3bba72cc3dcd4bf0a', 'hex')],
    ['text in UTF-8', Buffer.from('Ångström,secret\n')],
    ['bytes of another kind', Buffer.from('84ffffffffffffffffffffff', 'hex')],
    ['UTF-16', Buffer.from('\ufeffuser', 'utf16le')],
  ])('is not what %s is taken for', async (_name, bytes) => {
    expect((await contentOf(bytes)).equals(bytes)).toBe(true);
  });
});

/** Bytes that do not become smaller. */
function createNoise(): Buffer {
  const random = createRandom(5);
  return Buffer.from(Array.from({ length: 4_000 }, () => random(256)));
}
