import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plant, plantedCode, plantedSeed } from '../support/planted.ts';
import type { TestKey } from '../support/test-server.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { signedHeaders } from './support/signing.ts';
import { useServer } from './support/use-server.ts';

const IMPORT = '/api/v3/import-otp';
const TOKEN = '/api/v3/get-management-token';
const USER = 'ü-汉字 <&> "q" / \\ é\u2028 😀';
const SECRET = plantedSeed(60);

/** As `json.dumps` of Python writes it: spaces, every other character than ASCII as `\uXXXX`. */
function pythonJson(value: unknown): string {
  const spaced = JSON.stringify(value).replace(/("(?:[^"\\]|\\.)*")|([,:])/g, (_all, text, mark) => text ?? `${mark} `);
  return asciiOnly(spaced);
}

/** As PHP writes it: `\/`, and `\uXXXX`. */
function phpJson(value: unknown): string {
  return asciiOnly(JSON.stringify(value).replaceAll('/', '\\/'));
}

/** As Go writes it: `<`, `>`, `&` and U+2028 escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeCharacter);
}

/** As C# writes it: U+2028 escaped, the rest as it is. */
function csharpJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029\u0085]/g, escapeCharacter);
}

function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

describe.each(ENGINES)('%s: clients other than Node', (engine) => {
  const server = useServer(engine);
  let key: TestKey;
  let token: string;
  const list = [{ userId: USER, otp: { secret: SECRET, recoveryCode: null } }];
  const withCode = [{ userId: USER, otp: { secret: SECRET, recoveryCode: plantedCode(60) } }];

  beforeAll(async () => {
    key = await server().createKey();
    token = await server().token();
    const body = { list: [{ userId: USER, otp: { secret: plantedSeed(61) } }], options: { createMissingUsers: true } };
    await server().call('POST', IMPORT, { token, body });
  });

  async function importWith(headers: Record<string, string>, body: string) {
    const { status, body: answer } = await server().call('POST', IMPORT, { headers, body });
    expect(status).toBe(200);
    return answer;
  }

  async function secretOf(userId = USER) {
    const path = `/api/v3/get-otp-secret-by-user?userId=${encodeURIComponent(userId)}`;
    return (await server().call('GET', path, { token })).body.data?.secret;
  }

  async function tokenBy(json: (value: unknown) => string, headers: Record<string, string>) {
    const body = json({ accessKeyId: key.key.accessKeyId, accessKeySecret: key.secret });
    const answer = (await server().call('POST', TOKEN, { headers, body })).body;
    expectSuccess(answer);
    plant(answer.data.access_token);
    return answer.data as { access_token: string; expires_in: number };
  }

  it('Python: token, spaces and \\uXXXX, null for a missing code, an empty language, a wrong pool id', async () => {
    const { access_token } = await tokenBy(pythonJson, { 'user-agent': 'python-requests/2.28.1' });
    const headers = {
      'user-agent': 'python-requests/2.28.1',
      'x-authing-sdk-version': 'authing-py-sdk:5.1.0',
      'x-authing-userpool-id': 'pool-1',
      'x-authing-lang': '',
      authorization: `Bearer ${access_token}`,
    };
    const body = pythonJson({ list });
    expect(body).toContain('"recoveryCode": null');
    expect(body).toContain('\\u6c49\\u5b57');
    expectSuccess(await importWith(headers, body));
    expect(await secretOf()).toBe(SECRET);
    const path = `/api/v3/get-otp-secret-by-user?userId=${encodeURIComponent(USER)}`;
    expect((await server().call('GET', path, { headers })).body.data).toEqual({ secret: SECRET });
  });

  it('Python can decode the payload of a token as standard base64, and Go finds the pool in it', async () => {
    for (let count = 0; count < 20; count++) {
      const { access_token, expires_in } = await tokenBy(JSON.stringify, {});
      expect(expires_in).toBe(7200);
      const payload = access_token.split('.')[1] as string;
      expect(payload).toMatch(/^[A-Za-z0-9]+$/);
      const claims = JSON.parse(Buffer.from(payload, 'base64').toString());
      expect(claims.scoped_userpool_id).toBe(server().poolId);
      expect(claims.exp - claims.iat).toBe(7200);
    }
  });

  it('Java from 3.1.4: the bare token beside signature headers that are not used', async () => {
    const headers = {
      'content-type': 'application/json;charset=UTF-8',
      date: String(Date.now()),
      authorization: token,
      'x-authing-signature-method': 'HMAC-SHA1',
      'x-authing-signature-nonce': '56t917rPBbgeNbEi',
      'x-authing-signature-version': '1.0',
      'x-authing-sdk-version': 'authing-java-sdk:3.1.4',
      'x-authing-lang': 'zh-CN',
      'x-authing-userpool-id': server().poolId,
      accept: 'text/html, image/gif, image/jpeg, */*; q=0.2',
    };
    for (let count = 0; count < 2; count++)
      expectSuccess(await importWith(headers, JSON.stringify({ list: withCode })));
  });

  it('Java up to 3.1.3: a signature with `date` in milliseconds', async () => {
    const body = JSON.stringify({ list: withCode });
    const headers = signedHeaders(key, {
      path: IMPORT,
      parameters: { list: JSON.stringify(withCode) },
      headers: { date: String(Date.now()), 'x-authing-lang': 'zh-CN', 'x-authing-userpool-id': 'pool-1' },
    });
    expectSuccess(await importWith({ ...headers, 'content-type': 'application/json;charset=UTF-8' }, body));
  });

  it('C#: a signature over the raw bytes of the body, with x-authing-date in milliseconds and no date', async () => {
    const raw = csharpJson(withCode);
    expect(raw).toContain('\\u2028');
    const headers = signedHeaders(key, {
      path: IMPORT,
      parameters: { list: raw },
      headers: {
        date: undefined,
        'x-authing-date': String(Date.now()),
        'x-authing-sdk-version': 'authing-csharp-sdk:0.0.0.0',
      },
    });
    expectSuccess(
      await importWith({ ...headers, 'content-type': 'application/json; charset=utf-8' }, `{"list":${raw}}`),
    );
  });

  it('C#: a text that looks like a date is signed with its quotation marks', async () => {
    const birthdate = '"2022-06-03T00:00:00Z"';
    const parameters = { birthdate, emailVerified: 'true', name: 'it"s', otp: `{"secret":"${SECRET}"}` };
    const headers = signedHeaders(key, {
      path: '/api/v3/create-user',
      parameters,
      headers: { date: String(Date.now()) },
    });
    const body = `{"name":"it\\"s","emailVerified":true,"birthdate":${birthdate},"otp":{"secret":"${SECRET}"}}`;
    const answer = (await server().call('POST', '/api/v3/create-user', { headers, body })).body;
    expectSuccess(answer);
    expect(answer.data).toMatchObject({ birthdate: '2022-06-03T00:00:00Z', name: 'it"s' });
  });

  it('numbers and white space are signed as they stand in the body, not as they would be written again', async () => {
    const raw = '{ "a" : 1.0 , "b":1e3,"c": [ 10000000000000000000001 ] }';
    const headers = signedHeaders(key, {
      path: '/api/v3/create-user',
      parameters: { customData: raw, name: 'null', city: 'null' },
    });
    const body = `{"name" : "null" ,\n"customData" :  ${raw}  , "city":null}`;
    expectSuccess((await server().call('POST', '/api/v3/create-user', { headers, body })).body);
  });

  it('Go: <, > and & escaped, and an empty pool id', async () => {
    const { access_token } = await tokenBy(goJson, {});
    const headers = {
      authorization: `Bearer ${access_token}`,
      'x-authing-userpool-id': '',
      'user-agent': 'Go-http-client/1.1',
    };
    const body = goJson({ list: withCode });
    expect(body).toContain('\\u003c\\u0026\\u003e');
    expectSuccess(await importWith(headers, body));
    expect(await secretOf()).toBe(SECRET);
  });

  it('PHP: `Authorization: Bearer` with nothing on the token call, `\\/`, null, the key id for the pool id', async () => {
    const poolHeader = { 'x-authing-userpool-id': key.key.accessKeyId };
    const { access_token } = await tokenBy(phpJson, { authorization: 'Bearer', ...poolHeader });
    const body = phpJson({ list });
    expect(body).toContain('\\/');
    expectSuccess(await importWith({ authorization: `Bearer ${access_token}`, ...poolHeader }, body));
    expect(await secretOf()).toBe(SECRET);
  });

  it('the scheme `bearer` is taken in every case, and with more than one space', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expectSuccess(await importWith({ authorization: `${scheme} ${token}` }, JSON.stringify({ list })));
    }
  });

  it('the pool id is covered by the signature where it is sent, and wrong ones do no harm', async () => {
    for (const poolId of ['pool-1', key.key.accessKeyId, server().poolId]) {
      const sent = { 'x-authing-userpool-id': poolId };
      const toSign = { path: IMPORT, parameters: { list: JSON.stringify(list) } };
      expectSuccess(await importWith(signedHeaders(key, { ...toSign, headers: sent }), JSON.stringify({ list })));
      const unsigned = { ...signedHeaders(key, toSign), ...sent };
      expectFailure(await importWith(unsigned, JSON.stringify({ list })), 401, 1300);
    }
  });

  it('a list in a query is read in each of the forms that clients send', async () => {
    const other = 'other,user';
    const body = { list: [{ userId: other, otp: { secret: SECRET } }], options: { createMissingUsers: true } };
    await server().call('POST', IMPORT, { token, body });
    const [a, b] = [encodeURIComponent(USER), encodeURIComponent(other)];
    for (const search of [
      `userIds[]=${a}&userIds[]=${b}`,
      `userIds%5B%5D=${a}&userIds%5B%5D=${b}`,
      `userIds[0]=${a}&userIds[1]=${b}`,
    ]) {
      const { data } = (await server().call('GET', `/api/v3/get-user-batch?${search}`, { token })).body;
      expect(data.map((user: { userId: string }) => user.userId)).toEqual([USER, other]);
    }
    const { data } = (await server().call('GET', `/api/v3/get-user-batch?userIds=${a},nobody`, { token })).body;
    expect(data.map((user: { userId: string }) => user.userId)).toEqual([USER]);
  });
});
