import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signManagementToken, verifyManagementToken } from '../../src/access/management-token.ts';
import { MFA_TOKEN_LIFETIME_SECONDS, signMfaToken, verifyMfaToken } from '../../src/access/mfa-token.ts';
import { FactorportError } from '../../src/errors/error.ts';

const NOW = Date.parse('2026-11-22T15:13:04.789Z');
const KEY = randomBytes(32);
const SIGNING = { key: KEY, keyId: 7 };
const TOKEN = { tokenId: 'id', poolId: 'pool', userId: '用户 "a"', accessKeyId: 'key' };

describe('mfa token', () => {
  it('gives back whose it is, until six minutes are over', async () => {
    const { token, expiresAt } = await signMfaToken(TOKEN, SIGNING, NOW);
    expect(expiresAt).toBe((Math.floor(NOW / 1000) + MFA_TOKEN_LIFETIME_SECONDS) * 1000);
    for (const time of [NOW, expiresAt - 1]) {
      expect(await verifyMfaToken(token, KEY, time)).toEqual({ ...TOKEN, expiresAt });
    }
    for (const time of [expiresAt, expiresAt + 1e9]) {
      await expect(verifyMfaToken(token, KEY, time)).rejects.toMatchObject({ code: 'user_token_expired' });
    }
  });

  it('is no management token, and a management token is none, even where both had one key', async () => {
    const { token } = await signMfaToken(TOKEN, SIGNING, NOW);
    const management = await signManagementToken({ accessKeyId: 'key', poolId: 'pool' }, KEY, NOW);
    await expect(verifyManagementToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'token_invalid' });
    await expect(verifyMfaToken(management, KEY, NOW)).rejects.toMatchObject({ code: 'user_token_invalid' });
  });

  it.each(['iss', 'aud', 'sub', 'jti', 'exp', 'pool_id', 'access_key_id'])(
    'is refused without the claim %s',
    async (name) => {
      const whole = {
        ...{ iss: 'factorport', aud: 'factorport-mfa', sub: 'user', jti: 'id', exp: NOW },
        ...{ pool_id: 'pool', access_key_id: 'key' },
      };
      const sign = (claims: object) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(KEY);
      await expect(verifyMfaToken(await sign(whole), KEY, NOW)).resolves.toBeDefined();
      const token = await sign({ ...whole, [name]: undefined });
      await expect(verifyMfaToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'user_token_invalid' });
    },
  );

  it('is not said to be wrong where its key cannot be looked up', async () => {
    const { token } = await signMfaToken(TOKEN, SIGNING, NOW);
    const findKey = async () => {
      throw new FactorportError('unavailable');
    };
    await expect(verifyMfaToken(token, findKey, NOW)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is refused when another key signed it', async () => {
    const { token } = await signMfaToken(TOKEN, { ...SIGNING, key: randomBytes(32) }, NOW);
    await expect(verifyMfaToken(token, KEY, NOW)).rejects.toMatchObject({ code: 'user_token_invalid' });
  });
});
