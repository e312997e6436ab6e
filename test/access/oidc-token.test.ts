import { createHmac, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { verifyOidcToken } from '../../src/access/oidc-token.ts';
import { createProviderKeys } from '../../src/access/provider-keys.ts';
import { AUDIENCE, startOpenIdProvider } from '../support/openid-provider.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const MINUTE_MS = 60_000;

/** What the service does with a token, at a time that the test sets. */
function checker(issuer: string, userClaim = 'sub', cooldownMs = 0) {
  const self = { now: Date.now(), errors: [] as unknown[] };
  const onError = (error: unknown) => self.errors.push(error);
  const getKey = createProviderKeys({ issuer, clock: () => self.now, onError, cooldownMs });
  const settings = { issuer, audience: AUDIENCE, userClaim };
  return Object.assign(self, { check: (token: string) => verifyOidcToken(token, settings, getKey, self.now) });
}

const refusal = (code: string) => ({ code });

/** A provider of which only the answers count: two addresses, and a key that the test signs with. */
async function startBareProvider(change: object = {}) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
  const server = createServer((request, response) => {
    const document = { issuer, jwks_uri: `${issuer}/keys`, ...change };
    response.end(JSON.stringify(request.url === '/keys' ? { keys: [key] } : document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (claims: Record<string, unknown>, header: object = {}) =>
    new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'alice', exp: Math.floor(Date.now() / 1000) + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .sign(privateKey);
  return { issuer, sign, [Symbol.dispose]: () => server.close() };
}

describe('a token of an OpenID provider', () => {
  it('names the user, and each token is another one', async () => {
    await using provider = await startOpenIdProvider();
    const { check } = checker(provider.issuer);
    const first = await check(await provider.accessToken('alice'));
    const second = await check(await provider.accessToken('alice'));
    expect([first.user, second.user]).toEqual(['alice', 'alice']);
    expect(first.tokenId).not.toBe(second.tokenId);
    expect(first.expiresAt).toBeGreaterThan(Date.now());
  });

  it.each(['', 7, null])('is another one where its id is %j', async (jti) => {
    using provider = await startBareProvider();
    const { check } = checker(provider.issuer);
    const [first, second] = [await provider.sign({ jti, round: 1 }), await provider.sign({ jti, round: 2 })];
    expect((await check(first)).tokenId).not.toBe((await check(second)).tokenId);
  });

  it('may name the user by another claim, but never by an address that nobody has checked', async () => {
    await using provider = await startOpenIdProvider();
    const check = async (userClaim: string, claims: object) =>
      checker(provider.issuer, userClaim).check(await provider.accessToken('alice', { claims: { ...claims } }));
    expect((await check('employee', { employee: '007' })).user).toBe('007');
    expect((await check('email', { email: 'a@example.com' })).user).toBe('a@example.com');
    expect((await check('email', { email: 'a@example.com', email_verified: true })).user).toBe('a@example.com');
    for (const [name, claims] of [
      ['employee', {}],
      ['employee', { employee: 7 }],
      ['employee', { employee: ['007'] }],
      ['employee', { employee: '' }],
      ['employee', { employee: 'a\0b' }],
      ['employee', { employee: '\ud800' }],
      ['employee', { employee: 'x'.repeat(513) }],
      ['email', { email: 'a@example.com', email_verified: false }],
      ['email', { email: 'a@example.com', email_verified: 'false' }],
      ['phone_number', { phone_number: '13800000000', phone_number_verified: false }],
      ['toString', {}],
    ] as const) {
      await expect(check(name, claims), JSON.stringify([name, claims])).rejects.toMatchObject(
        refusal('user_token_invalid'),
      );
    }
  });

  it('is refused for another audience: that of another service, or an id token of the application', async () => {
    await using provider = await startOpenIdProvider();
    const { check } = checker(provider.issuer);
    const elsewhere = await provider.accessToken('alice', { audience: 'urn:example:elsewhere' });
    for (const token of [elsewhere, await provider.idToken('alice')]) {
      await expect(check(token)).rejects.toMatchObject(refusal('user_token_invalid'));
    }
  });

  it('is refused when it is expired or not yet valid, by more than half a minute', async () => {
    await using provider = await startOpenIdProvider();
    const checking = checker(provider.issuer);
    const token = await provider.accessToken('alice');
    const { expiresAt } = await checking.check(token);
    checking.now = expiresAt + 29_000;
    await expect(checking.check(token)).resolves.toBeDefined();
    checking.now = expiresAt + 30_000;
    await expect(checking.check(token)).rejects.toMatchObject(refusal('user_token_expired'));
    using bare = await startBareProvider();
    const early = checker(bare.issuer);
    const nbf = Math.floor(early.now / 1000);
    await expect(early.check(await bare.sign({ nbf: nbf + 20 }))).resolves.toBeDefined();
    await expect(early.check(await bare.sign({ nbf: nbf + 60 }))).rejects.toMatchObject(refusal('user_token_invalid'));
  });

  it('is refused when another issuer made it, or one that only says so', async () => {
    await using provider = await startOpenIdProvider();
    await using other = await startOpenIdProvider();
    const { check } = checker(provider.issuer);
    await expect(check(await other.accessToken('alice'))).rejects.toMatchObject(refusal('user_token_invalid'));
    using bare = await startBareProvider();
    const pretended = await bare.sign({ iss: provider.issuer });
    await expect(check(pretended)).rejects.toMatchObject(refusal('user_token_invalid'));
    const slash = await bare.sign({ iss: `${bare.issuer}/` });
    await expect(checker(bare.issuer).check(slash)).rejects.toMatchObject(refusal('user_token_invalid'));
  });

  it('is refused without a signature, and with one made from what is public', async () => {
    await using provider = await startOpenIdProvider();
    const { check } = checker(provider.issuer);
    const [header = '', payload = '', signature = ''] = (await provider.accessToken('alice')).split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const [key] = await provider.publicKeys();
    const publicKey = createPublicKey({ key: key as never, format: 'jwk' });
    const forged = (['spki', 'pkcs1'] as const).map((type) => {
      const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
      const secret = publicKey.export({ type, format: 'pem' });
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    });
    const none = ['none', 'None', 'NONE'].flatMap((alg) => {
      const text = `${encode({ alg, typ: 'at+jwt', kid })}.${payload}`;
      return [`${text}.`, `${text}.${signature}`];
    });
    const changed = `${header}.${encode({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'bob' })}.${signature}`;
    const texts = ['', 'a.b.c', 'opaque-token', `${header}.${payload}`, `${header}.${payload}.`];
    for (const token of [...forged, ...none, changed, ...texts]) {
      await expect(check(token), token).rejects.toMatchObject(refusal('user_token_invalid'));
    }
  });

  it('is refused when it is for something else, or bound to a key that its bearer would have to prove', async () => {
    using bare = await startBareProvider();
    const { check } = checker(bare.issuer);
    for (const typ of ['at+jwt', 'application/at+jwt', 'JWT', 'jwt', undefined]) {
      await expect(check(await bare.sign({}, typ === undefined ? {} : { typ })), typ).resolves.toBeDefined();
    }
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'token-introspection+jwt']) {
      await expect(check(await bare.sign({}, { typ })), typ).rejects.toMatchObject(refusal('user_token_invalid'));
    }
    const bound = await bare.sign({ cnf: { jkt: 'thumbprint' } });
    await expect(check(bound)).rejects.toMatchObject(refusal('user_token_invalid'));
    const endless = await bare.sign({ exp: undefined });
    await expect(check(endless)).rejects.toMatchObject(refusal('user_token_invalid'));
  });
});

describe('the keys of an OpenID provider', () => {
  it('are read once and kept, and a new one is found while running', async () => {
    await using provider = await startOpenIdProvider();
    const { check } = checker(provider.issuer);
    const old = await provider.accessToken('alice');
    await Promise.all(Array.from({ length: 20 }, () => check(old)));
    await check(old);
    expect(provider.keyReads).toBe(1);
    await provider.rotateKeys();
    expect((await check(await provider.accessToken('alice'))).user).toBe('alice');
    expect(provider.keyReads).toBe(2);
    await expect(check(old)).rejects.toMatchObject(refusal('user_token_invalid'));
  });

  it('are not read for every key id that somebody makes up', async () => {
    await using provider = await startOpenIdProvider();
    using bare = await startBareProvider();
    const { check } = checker(provider.issuer, 'sub', 30_000);
    for (let number = 0; number < 20; number++) {
      const token = await bare.sign({ iss: provider.issuer }, { kid: `made up ${number}` });
      await expect(check(token)).rejects.toMatchObject(refusal('user_token_invalid'));
    }
    expect(provider.keyReads).toBe(1);
  });

  it('are read again after ten minutes, so that one that was taken away is not believed for long', async () => {
    await using provider = await startOpenIdProvider();
    const checking = checker(provider.issuer);
    const old = await provider.accessToken('alice');
    await checking.check(old);
    await provider.rotateKeys();
    await expect(checking.check(old)).resolves.toBeDefined();
    checking.now += 10 * MINUTE_MS;
    await expect(checking.check(old)).rejects.toMatchObject(refusal('user_token_invalid'));
  });

  it('serve on for a day while the provider is away, and no longer', async () => {
    await using provider = await startOpenIdProvider();
    using bare = await startBareProvider();
    for (const [issuer, token, stop] of [
      [provider.issuer, await provider.accessToken('alice'), () => provider.stop()],
      [
        bare.issuer,
        await bare.sign({ exp: Math.floor(Date.now() / 1000) + 7 * 86_400 }),
        async () => bare[Symbol.dispose](),
      ],
    ] as const) {
      const checking = checker(issuer);
      await checking.check(token);
      await stop();
      checking.now += 20 * MINUTE_MS;
      expect((await checking.check(token)).user).toBe('alice');
      expect(checking.errors).toHaveLength(1);
      checking.now += 24 * 60 * MINUTE_MS;
      const code = issuer === bare.issuer ? 'identity_provider_unreachable' : expect.any(String);
      await expect(checking.check(token)).rejects.toMatchObject({ code });
    }
  });

  it('that cannot be had at first are a fault of ours (503), not of the token, and are found when the provider is back', async () => {
    await using provider = await startOpenIdProvider();
    const token = await provider.accessToken('alice');
    await provider.stop();
    const checking = checker(provider.issuer);
    await expect(checking.check(token)).rejects.toMatchObject(refusal('identity_provider_unreachable'));
    await provider.start();
    checking.now += 5_000;
    expect((await checking.check(token)).user).toBe('alice');
  });

  it.each([
    ['names another issuer', { issuer: 'http://127.0.0.1:1' }],
    ['has keys that come in clear from elsewhere', { jwks_uri: 'http://keys.example.com/' }],
    ['names no keys', { jwks_uri: undefined }],
  ])('are not taken where the discovery document %s', async (_name, change) => {
    using bare = await startBareProvider(change);
    const token = await bare.sign({});
    await expect(checker(bare.issuer).check(token)).rejects.toMatchObject(refusal('identity_provider_unreachable'));
  });
});
