import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/access/scopes.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { snapshot } from '../conformance/support/database.ts';
import { expectFailure, expectSuccess } from '../conformance/support/envelope.ts';
import { createOtherPool, type OtherPool } from '../conformance/support/other-pool.ts';
import { useServer } from '../conformance/support/use-server.ts';
import { ENGINES } from '../support/engines.ts';
import { plant } from '../support/planted.ts';
import type { TestKey } from '../support/test-server.ts';
import { createSubject, nameOf, RULES, type Rule, type Subject } from './authorization-rules.ts';
import { type Credential, sendAs } from './send-as.ts';

interface Case {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly rule: Rule;
}

/** A route without a rule fails a test of its own. */
const CASES: readonly Case[] = ROUTES.flatMap(({ method, path }) => {
  const name = nameOf({ method, path });
  const rule = RULES[name];
  return rule === undefined ? [] : [{ name, method, path, rule }];
});
const KEY_CASES = CASES.filter(({ rule }) => (SCOPES as readonly string[]).includes(rule.scope));
const PUBLIC_CASES = CASES.filter(({ rule }) => rule.scope === 'public');

/** A way to call, and how it is refused: `statusCode`, `apiCode`. */
type Refused = readonly [name: string, credential: Credential | undefined, statusCode: number, apiCode?: number];

describe('the table of rules', () => {
  it('has a rule for every route, and for nothing else', () => {
    expect(Object.keys(RULES).sort()).toEqual(ROUTES.map(nameOf).sort());
  });

  it('asks for the scope that the route asks for', () => {
    const scopes = CASES.map(({ name, rule }) => [name, rule.scope]);
    expect(scopes).toEqual(ROUTES.map((route) => [nameOf(route), route.scope]));
  });

  it('has only scopes whose callers the matrix below goes through', () => {
    expect(KEY_CASES.length + PUBLIC_CASES.length).toBe(CASES.length);
  });

  it('says what a key of another pool is answered', () => {
    expect(KEY_CASES.filter(({ rule }) => rule.fromOtherPool === undefined)).toEqual([]);
  });
});

describe.each(ENGINES)('%s: who may do what', (engine) => {
  let clockOffsetMs = 0;
  const server = useServer(engine, { clock: () => Date.now() + clockOffsetMs });
  const byScope = new Map<Scope, { key: TestKey; token: string }>();
  let everything: { key: TestKey; token: string };
  let nothing: { key: TestKey; token: string };
  let other: OtherPool;
  let refused: readonly Refused[];

  async function createCaller(scopes: readonly Scope[] = SCOPES): Promise<{ key: TestKey; token: string }> {
    const key = await server().createKey(scopes);
    const body = { accessKeyId: key.key.accessKeyId, accessKeySecret: key.secret };
    const answer = await server().call('POST', '/api/v3/get-management-token', { body });
    plant(answer.body.data.access_token);
    return { key, token: answer.body.data.access_token };
  }

  async function listRefused(): Promise<Refused[]> {
    const actor = { poolId: server().poolId, id: 'cli', address: '', requestId: 'test' };
    const { accessKeys } = server().services;
    const [disabled, deleted] = [await createCaller(), await createCaller()];
    await accessKeys.setEnabled(actor, disabled.key.key.accessKeyId, false);
    await accessKeys.delete(actor, deleted.key.key.accessKeyId);
    clockOffsetMs = -3 * 60 * 60 * 1000;
    const expired = await createCaller();
    clockOffsetMs = 0;
    const { key, token } = everything;
    const { accessKeyId } = key.key;
    const [head, payload] = token.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const longAgo = { date: new Date(Date.now() - 600_000).toUTCString() };
    return [
      ['no credential', undefined, 401, 2020],
      ['an empty token', { authorization: 'Bearer' }, 401, 2020],
      ['a malformed token', { token: 'nonsense' }, 401, 2020],
      ['a token with another signature', { token: `${head}.${payload}.${'A'.repeat(43)}` }, 401, 2020],
      ['a token without a signature', { token: unsigned }, 401, 2020],
      ['another scheme', { authorization: `Basic ${btoa(`${accessKeyId}:${key.secret}`)}` }, 401, 2020],
      ['a malformed signature', { authorization: `authing ${accessKeyId}:?` }, 401, 1300],
      ['a signature by another secret', { signedBy: { ...key, secret: 'f'.repeat(48) } }, 401, 1300],
      ['a signature of ten minutes ago', { signedBy: key, headers: longAgo }, 401, 1305],
      ['an expired token', { token: expired.token }, 401, 2020],
      ['the token of a disabled key', { token: disabled.token }, 403],
      ['the signature of a disabled key', { signedBy: disabled.key }, 403],
      ['the token of a deleted key', { token: deleted.token }, 401, 2020],
      ['the signature of a deleted key', { signedBy: deleted.key }, 401, 1300],
    ];
  }

  beforeAll(async () => {
    for (const scope of SCOPES) byScope.set(scope, await createCaller([scope]));
    everything = await createCaller();
    nothing = await createCaller([]);
    other = await createOtherPool(server());
    refused = await listRefused();
  });

  const newSubject = () => createSubject(server(), everything.token);
  const send = async (one: Case, subject: Subject, credential?: Credential, headers = {}) =>
    (await sendAs(server(), one, one.rule.members(subject), credential, headers)).body;

  /** What the pool of the subject holds. */
  async function rowsOfPool(): Promise<string[]> {
    const rows = Object.values(await snapshot(server())).flat();
    return rows.filter((row) => row.includes(`"pool_id":"${server().poolId}"`));
  }

  it.each(KEY_CASES)('$name lets in a key whose only scope is $rule.scope, by token and by signature', async (one) => {
    const { key, token } = byScope.get(one.rule.scope as Scope) as { key: TestKey; token: string };
    expectSuccess(await send(one, await newSubject(), { token }));
    expectSuccess(await send(one, await newSubject(), { signedBy: key }));
  });

  it.each(KEY_CASES)('$name refuses every other scope, alone and all of them together', async (one) => {
    const subject = await newSubject();
    const others = SCOPES.filter((scope) => scope !== one.rule.scope);
    const callers = [...others.map((scope) => byScope.get(scope)), nothing, await createCaller(others)];
    const before = await snapshot(server());
    for (const caller of callers) {
      const { key, token } = caller as { key: TestKey; token: string };
      for (const credential of [{ token }, { signedBy: key }]) {
        const answer = await send(one, subject, credential);
        expectFailure(answer, 403);
        expect(answer.message).toContain(one.rule.scope);
      }
    }
    expect(await snapshot(server())).toEqual(before);
  });

  it.each(KEY_CASES)('$name refuses whoever does not prove an access key that is good', async (one) => {
    const subject = await newSubject();
    const before = await snapshot(server());
    for (const [name, credential, statusCode, apiCode] of refused) {
      const { statusCode: told, apiCode: code } = await send(one, subject, credential);
      expect({ name, told, code }).toEqual({ name, told: statusCode, code: apiCode });
    }
    expect(await snapshot(server())).toEqual(before);
    expectSuccess(await send(one, subject, everything));
  });

  it.each(KEY_CASES)('$name lets a key of another pool act on that pool alone', async (one) => {
    const subject = await newSubject();
    const before = await rowsOfPool();
    expect(before.join()).toContain(subject.userId);
    for (const credential of [{ token: other.token }, { signedBy: other.key }]) {
      const members = JSON.stringify(one.rule.members(subject));
      const answer = await send(one, subject, credential);
      expect(answer).toMatchObject(one.rule.fromOtherPool ?? {});
      for (const secret of [subject.email, subject.secret, subject.userId, subject.key.key.accessKeyId]) {
        if (!members.includes(secret)) expect(JSON.stringify(answer)).not.toContain(secret);
      }
    }
    const named = { 'x-authing-userpool-id': server().poolId };
    expectFailure(await send(one, subject, { token: other.token }, named), 403, 2224);
    expect(await rowsOfPool()).toEqual(before);
  });

  it.each(PUBLIC_CASES)('$name lets everybody in, whatever the credential', async (one) => {
    const subject = await newSubject();
    expectSuccess(await send(one, subject));
    for (const [, credential] of refused) expectSuccess(await send(one, subject, credential));
    for (const { key, token } of byScope.values()) {
      expectSuccess(await send(one, subject, { token }));
      expectSuccess(await send(one, subject, { signedBy: key }));
    }
  });
});
