import { describe, expect, it } from 'vitest';
import { openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { authenticate, insertKey, signedGet } from './signed-requests.ts';

const KEY = { id: 'ak-id-1', secret: 'ak-secret-0123456789abcdef' };
const NOW = Date.parse('2026-11-22T15:13:04Z');
const SKEW_MS = 300_000;
const clock = () => NOW;

describe.each(ENGINES)('a signed request on %s', (engine) => {
  it('is refused the second time (1306), also when the services were opened again meanwhile', async () => {
    const first = await openTestServices(engine, { clock });
    await insertKey(first.services, KEY.id, KEY.secret);
    const request = signedGet(KEY, NOW, 'nonce 1');
    expect(await authenticate(first.services.authenticator, request)).toMatchObject({ accessKeyId: KEY.id });
    await expect(authenticate(first.services.authenticator, request)).rejects.toMatchObject({
      code: 'signature_reused',
      definition: { apiCode: 1306 },
    });
    await first.close();
    await using again = await openTestServices(engine, { clock, database: first.database });
    await expect(authenticate(again.services.authenticator, request)).rejects.toMatchObject({
      code: 'signature_reused',
    });
    expect(await authenticate(again.services.authenticator, signedGet(KEY, NOW, 'nonce 2'))).toBeDefined();
  });

  it('is admitted by exactly one of several that share the database', async () => {
    await using first = await openTestServices(engine, { clock });
    await using second = await openTestServices(engine, { clock, database: first.database });
    await insertKey(first.services, KEY.id, KEY.secret);
    const request = signedGet(KEY, NOW, 'nonce');
    const attempts = Array.from({ length: 40 }, (_, index) =>
      authenticate((index % 2 === 0 ? first : second).services.authenticator, request),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'signature_reused' });
    }
  });

  it('without a nonce is remembered too', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const request = signedGet(KEY, NOW);
    expect(await authenticate(opened.services.authenticator, request)).toBeDefined();
    await expect(authenticate(opened.services.authenticator, request)).rejects.toMatchObject({
      code: 'signature_reused',
    });
  });

  it('without a nonce is not admitted again when its signature is written in another way', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const { request, authorization } = signedGet(KEY, NOW);
    expect(await authenticate(opened.services.authenticator, { request, authorization })).toBeDefined();
    for (const changed of [
      `${authorization}=`,
      `${authorization}====`,
      authorization.slice(0, -1),
      `${authorization}AAAA`,
    ]) {
      await expect(
        authenticate(opened.services.authenticator, { request, authorization: changed }),
        changed,
      ).rejects.toMatchObject({ definition: { statusCode: 401 } });
    }
  });

  it('is not admitted again when white space that the signature does not cover stands at its nonce', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const { request, authorization } = signedGet(KEY, NOW, 'a nonce');
    expect(await authenticate(opened.services.authenticator, { request, authorization })).toBeDefined();
    for (const nonce of ['a nonce\u00a0', '\u00a0a nonce', 'a nonce ', 'a\tnonce', 'a\fnonce']) {
      const headers = request.headers.map(([name, value]): [string, string] => [
        name,
        value === 'a nonce' ? nonce : value,
      ]);
      const again = authenticate(opened.services.authenticator, { request: { ...request, headers }, authorization });
      await expect(again, JSON.stringify(nonce)).rejects.toMatchObject({ definition: { statusCode: 401 } });
    }
  });

  it('that is refused does not use up the nonce of a right one', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const forged = signedGet({ ...KEY, secret: 'wrong' }, NOW, 'nonce');
    await expect(authenticate(opened.services.authenticator, forged)).rejects.toMatchObject({
      code: 'signature_wrong',
    });
    expect(await authenticate(opened.services.authenticator, signedGet(KEY, NOW, 'nonce'))).toBeDefined();
  });

  it('of one key may have the nonce of another key', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    await insertKey(opened.services, 'second', 'second secret');
    for (const key of [KEY, { id: 'second', secret: 'second secret' }]) {
      expect(await authenticate(opened.services.authenticator, signedGet(key, NOW, 'nonce'))).toBeDefined();
    }
  });

  it('is remembered for as long as its time would be accepted, and then forgotten', async () => {
    let now = NOW;
    await using opened = await openTestServices(engine, { clock: () => now });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const { authenticator, store } = opened.services;
    const request = signedGet(KEY, NOW + SKEW_MS, 'nonce');
    await authenticate(authenticator, request);
    const forget = () => store.transaction((queries) => queries.nonces.forgetExpired(now));
    for (now of [NOW, NOW + SKEW_MS, NOW + 2 * SKEW_MS]) {
      await forget();
      await expect(authenticate(authenticator, request)).rejects.toMatchObject({ code: 'signature_reused' });
    }
    now = NOW + 2 * SKEW_MS + 1;
    await expect(authenticate(authenticator, request)).rejects.toMatchObject({ code: 'clock_skew' });
    now = NOW + 3 * SKEW_MS + 1;
    await forget();
    expect(await runSql(opened.database, 'select nonce from used_nonce')).toEqual([]);
  });

  it('is refused when its nonce is longer than any client makes one', async () => {
    await using opened = await openTestServices(engine, { clock });
    await insertKey(opened.services, KEY.id, KEY.secret);
    const { authenticator } = opened.services;
    expect(await authenticate(authenticator, signedGet(KEY, NOW, 'n'.repeat(128)))).toBeDefined();
    const refused = authenticate(authenticator, signedGet(KEY, NOW, 'n'.repeat(129)));
    await expect(refused).rejects.toMatchObject({ code: 'signature_wrong' });
  });
});
