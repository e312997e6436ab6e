import { createHmac, randomBytes } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  signManagementToken,
  TOKEN_LIFETIME_SECONDS,
  verifyManagementToken,
} from '../../src/access/management-token.ts';
import { newId } from '../../src/ids.ts';

const NOW = Date.parse('2026-11-22T15:13:04.789Z');
const KEY = randomBytes(32);
const TOKEN = { accessKeyId: newId(NOW), poolId: newId(NOW) };
const CLAIMS = { iss: 'factorport', aud: 'factorport-management', sub: 'key', scoped_userpool_id: 'pool' };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT with any header and claims, signed with HMAC-SHA256. */
function forge(header: object, claims: object, key: Uint8Array = KEY): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

describe('management token', () => {
  it('gives back whose it is, until two hours are over', async () => {
    const token = await signManagementToken(TOKEN, KEY, NOW);
    const end = (Math.floor(NOW / 1000) + TOKEN_LIFETIME_SECONDS) * 1000;
    for (const time of [NOW, end - 1]) {
      expect(await verifyManagementToken(token, KEY, time)).toEqual({ ...TOKEN, expiresAt: end });
    }
    for (const time of [end, end + 1, end + 1e9]) {
      await expect(verifyManagementToken(token, KEY, time)).rejects.toMatchObject({ code: 'token_expired' });
    }
  });

  it('has the claim without which an SDK stops, as a text', async () => {
    expect(decodeJwt(await signManagementToken(TOKEN, KEY, NOW))).toMatchObject({ scoped_userpool_id: TOKEN.poolId });
  });

  it('never holds - or _ in its payload, which an SDK decodes as standard base64', async () => {
    for (let run = 0; run < 1_000; run++) {
      const time = NOW + run * 86_400_000;
      const token = await signManagementToken({ accessKeyId: newId(time), poolId: newId(time) }, KEY, time);
      const payload = token.split('.')[1] as string;
      expect(payload).toMatch(/^[A-Za-z0-9+/]+$/);
      expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({ typ: 'bearer' });
    }
  });

  it('is refused with any single character changed, taken away or added', async () => {
    const token = await signManagementToken(TOKEN, KEY, NOW);
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === 'A' ? 'Q' : 'A';
      for (const changed of [
        token.slice(0, index) + other + token.slice(index + 1),
        token.slice(0, index) + token.slice(index + 1),
        `${token.slice(0, index)}.${token.slice(index)}`,
      ]) {
        await expect(verifyManagementToken(changed, KEY, NOW), changed).rejects.toMatchObject({
          code: 'token_invalid',
        });
      }
    }
  });

  it('is refused when another key signed it', async () => {
    const token = await signManagementToken(TOKEN, randomBytes(32), NOW);
    await expect(verifyManagementToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('is refused with no algorithm, or one other than HS256', async () => {
    const claims = { ...CLAIMS, exp: NOW };
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`;
    const other = new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(randomBytes(64));
    const longKey = new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.concat([KEY, KEY]));
    const named = forge({ alg: 'none' }, claims);
    for (const token of [
      unsigned,
      named,
      forge({ alg: 'HS512' }, claims),
      forge({}, claims),
      await other,
      await longKey,
    ]) {
      await expect(verifyManagementToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });

  it.each(['iss', 'aud', 'sub', 'scoped_userpool_id', 'exp'] as const)(
    'is refused without the claim %s',
    async (name) => {
      const claims: Record<string, unknown> = { ...CLAIMS, exp: NOW };
      await expect(verifyManagementToken(forge({ alg: 'HS256' }, claims), KEY, NOW)).resolves.toBeDefined();
      delete claims[name];
      await expect(verifyManagementToken(forge({ alg: 'HS256' }, claims), KEY, NOW)).rejects.toMatchObject({
        code: 'token_invalid',
      });
    },
  );

  it('is refused when it was made for something else', async () => {
    for (const change of [{ iss: 'other' }, { aud: 'other' }, { nbf: NOW }]) {
      const token = forge({ alg: 'HS256' }, { ...CLAIMS, exp: NOW, ...change });
      await expect(verifyManagementToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });

  it('is refused when it is no token at all', async () => {
    for (const text of ['', '.', '..', 'a.b.c', 'null', 'é', `${'a'.repeat(10_000)}`]) {
      await expect(verifyManagementToken(text, KEY, NOW)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });
});
