import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { FactorportError } from '../../src/errors/error.ts';
import { createMasterKeyFile, readMasterKeyFile } from '../../src/vault/master-key/file.ts';
import { masterKeyFromText } from '../../src/vault/master-key/text.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { expectRefused } from './open-vault.ts';

const CONTEXT = Buffer.from('context');
const RING_KEY = Buffer.alloc(32, 7);

function freshPath(): string {
  return join(artifactFolder('master-keys', randomBytes(6).toString('hex')), 'data', 'master.key');
}

async function keyFileWith(text: string, mode = 0o600): Promise<string> {
  const path = freshPath();
  await createMasterKeyFile(path);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: FactorportError) => error,
  );

describe('master key file', () => {
  it('is made with mode 0600 in a directory with mode 0700, and leaves nothing beside it', async () => {
    const path = freshPath();
    await createMasterKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, '..'))).toEqual(['master.key']);
  });

  it('holds 32 random bytes that open again what they wrapped', async () => {
    const path = freshPath();
    const made = await createMasterKeyFile(path);
    expect(Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')).toHaveLength(32);
    const wrapped = await made.wrap(RING_KEY, CONTEXT);
    const read = await readMasterKeyFile(path);
    expect(await read?.unwrap(wrapped, CONTEXT)).toEqual(RING_KEY);
    const another = await createMasterKeyFile(freshPath());
    expect(await another.unwrap(wrapped, CONTEXT)).toBeUndefined();
  });

  it('is never overwritten', async () => {
    const path = freshPath();
    const first = await createMasterKeyFile(path);
    const before = readFileSync(path);
    const second = await createMasterKeyFile(path);
    expect(readFileSync(path)).toEqual(before);
    expect(await second.unwrap(await first.wrap(RING_KEY, CONTEXT), CONTEXT)).toEqual(RING_KEY);
  });

  it('is one key for all who make it at the same moment', async () => {
    const path = freshPath();
    const made = await Promise.all(Array.from({ length: 4 }, () => createMasterKeyFile(path)));
    const wrapped = await (made[0] as (typeof made)[0]).wrap(RING_KEY, CONTEXT);
    for (const key of made) expect(await key.unwrap(wrapped, CONTEXT)).toEqual(RING_KEY);
  });

  it('is made although a process of the same number was killed while making it, as in a restarted container', async () => {
    const path = freshPath();
    await createMasterKeyFile(join(path, '..', 'other.key'));
    writeFileSync(`${path}.${process.pid}.tmp`, '');
    await createMasterKeyFile(path);
    expect(await readMasterKeyFile(path)).toBeDefined();
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o601])('is refused when its mode is %o', async (mode) => {
    const path = await keyFileWith(randomBytes(32).toString('base64'), mode);
    expect(await refusalOf(readMasterKeyFile(path))).toMatchObject({ code: 'master_key_exposed' });
  });

  it('is told apart from one that is absent', async () => {
    expect(await readMasterKeyFile(freshPath())).toBeUndefined();
  });

  it('is refused when malformed, without a word of what it holds', async () => {
    const secret = randomBytes(31).toString('base64');
    for (const text of ['', '\n', secret, secret.repeat(2), randomBytes(33).toString('hex')]) {
      const path = await keyFileWith(text);
      const refusal = (await refusalOf(readMasterKeyFile(path))) as FactorportError | undefined;
      expect(refusal).toMatchObject({ code: 'master_key_malformed' });
      if (text.trim() !== '') expect(inspect(refusal, { depth: null })).not.toContain(text);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });
});

describe('master key from a setting', () => {
  const bytes = randomBytes(32);

  it('reads base64 with and without padding, base64url and hex, with white space around', async () => {
    const wrapped = await masterKeyFromText(bytes.toString('base64'), 'test').wrap(RING_KEY, CONTEXT);
    const base64 = bytes.toString('base64');
    const forms = [base64.replace('=', ''), bytes.toString('base64url'), bytes.toString('hex'), ` ${base64}\r\n`];
    for (const text of [...forms, bytes.toString('hex').toUpperCase()]) {
      expect(await masterKeyFromText(text, 'test').unwrap(wrapped, CONTEXT)).toEqual(RING_KEY);
    }
  });

  it('refuses what is not 32 bytes', () => {
    const malformed = ['', 'secret', bytes.toString('hex').slice(1), `${bytes.toString('hex')}0`, 'é'.repeat(43)];
    for (const text of [...malformed, randomBytes(16).toString('hex'), randomBytes(64).toString('base64')]) {
      expectRefused(() => masterKeyFromText(text, 'test'), 'master_key_malformed');
    }
  });

  it('unwraps nothing that was changed or belongs elsewhere', async () => {
    const key = masterKeyFromText(bytes.toString('hex'), 'test');
    const wrapped = await key.wrap(RING_KEY, CONTEXT);
    expect(await key.unwrap(wrapped, Buffer.from('other'))).toBeUndefined();
    expect(await key.unwrap(wrapped.subarray(1), CONTEXT)).toBeUndefined();
    expect(await key.unwrap(new Uint8Array(0), CONTEXT)).toBeUndefined();
  });

  it('never prints itself', () => {
    const key = masterKeyFromText(bytes.toString('base64'), 'test');
    const printed = inspect(key, { depth: null, showHidden: true }) + JSON.stringify(key) + String(key);
    expect(printed).not.toContain(bytes.toString('base64').slice(0, 10));
    expect(printed).not.toContain(bytes.toString('hex').slice(0, 10));
  });
});
