import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scanForPlantedSecrets } from '../scripts/scan-planted.ts';
import { encodeBase32 } from '../src/otp/base32.ts';
import { plantedCode, plantedKeySecret, plantedSeed, plantedSeedBytes } from './support/planted.ts';

// Not among the artifacts of the suite, where the scan at the end would rightly find these.
const folder = mkdtempSync(join(tmpdir(), 'planted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = plantedSeedBytes(1);
const key = plantedKeySecret();
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the scan for planted secrets', () => {
  it.each<[string, string | Buffer]>([
    ['a seed as bytes', bytes],
    ['a seed in base32', plantedSeed(1)],
    ['a seed in lower-case base32', plantedSeed(1).toLowerCase()],
    ['a seed in hex', bytes.toString('hex')],
    ['a seed in base64', bytes.toString('base64')],
    ['a seed within a document in base64', base64(`{"a":"${plantedSeed(1)}"}`)],
    ['a recovery code', plantedCode(1)],
    ['a recovery code without hyphens', plantedCode(1).replaceAll('-', '')],
    ['a recovery code in base64', base64(`x${plantedCode(1)}`)],
    ['a key secret', key],
    ['a key secret in base64', base64(`key:${key}`)],
    ['a key secret in base32', encodeBase32(Buffer.from(`zz${key}`))],
    ['a key secret as bytes', Buffer.from(key, 'hex')],
  ])('finds %s', (name, content) => {
    const file = name.replaceAll(' ', '-');
    writeFileSync(
      join(folder, file),
      Buffer.concat([Buffer.from('before '), Buffer.from(content), Buffer.from(' after')]),
    );
    expect(scanForPlantedSecrets(folder).map((finding) => finding.file)).toContain(file);
    rmSync(join(folder, file));
  });

  it('finds nothing where there is nothing', () => {
    writeFileSync(join(folder, 'clean'), 'a log line without secrets\n');
    expect(scanForPlantedSecrets(folder)).toEqual([]);
  });
});
