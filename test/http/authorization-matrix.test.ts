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
import {
  createSubject,
  isForUsers,
  type Members,
  nameOf,
  RULES,
  type Rule,
  type Subject,
} from './authorization-rules.ts';
import { settleJobs } from './jobs-of-pool.ts';
import { type Credential, sendAs } from './send-as.ts';

interface Case {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly rule: Rule;
  readonly isUpload: boolean;
}

/** A route without a rule fails a test of its own. */
const CASES: readonly Case[] = ROUTES.flatMap(({ method, path, upload }) => {
  const name = nameOf({ method, path });
  const rule = RULES[name];
  return rule === undefined ? [] : [{ name, method, path, rule, isUpload: upload !== undefined }];
});
const KEY_CASES = CASES.filter(({ rule }) => (SCOPES as readonly string[]).includes(rule.scope));
const USER_CASES = CASES.filter(({ rule }) => isForUsers(rule));
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
    expect(KEY_CASES.length + USER_CASES.length + PUBLIC_CASES.length).toBe(CASES.length);
  });

  it('says what a key of another pool is answered, and another user', () => {
    expect(KEY_CASES.filter(({ rule }) => rule.fromOtherPool === undefined)).toEqual([]);
    expect(USER_CASES.filter(({ rule }) => rule.fromOtherUser === undefined)).toEqual([]);
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

  async function newSubject({ rule }: Case): Promise<Subject> {
    // A rotation that the test before began would change rows while this one compares them.
    await server().services.vaultKeys.finishRotation();
    await settleJobs(server());
    return createSubject(server(), everything.token, rule);
  }
  const membersOf = async ({ rule }: Case, subject: Subject) => rule.members(subject, server());
  const send = async (one: Case, members: Members, credential?: Credential, headers = {}) => {
    const { body, status, headers: told } = await sendAs(server(), one, members, credential, headers);
    if (typeof body !== 'string') return body;
    // A stream has no envelope; it is looked at like one.
    return { statusCode: status, message: '操作成功', requestId: told.get('x-request-id'), data: { text: body } };
  };
  const newMembers = async (one: Case) => membersOf(one, await newSubject(one));

  /** The ways in which a caller can prove a key: a signature covers the body, so an upload takes none. */
  const proofs = ({ isUpload }: Case, { key, token }: { key: TestKey; token: string }): Credential[] =>
    isUpload ? [{ token }] : [{ token }, { signedBy: key }];
  const isSigned = (credential: Credential | undefined) =>
    credential !== undefined &&
    ('signedBy' in credential || ('authorization' in credential && /^authing/.test(credential.authorization)));

  /** What the pool of the subject holds. */
  async function rowsOfPool(): Promise<string[]> {
    const rows = Object.values(await snapshot(server())).flat();
    return rows.filter((row) => row.includes(`"pool_id":"${server().poolId}"`));
  }

  async function rowsOf({ userId }: Subject): Promise<string[]> {
    return (await rowsOfPool()).filter((row) => row.includes(userId));
  }

  /** An answer tells nothing of a subject that the request did not tell itself. */
  function expectNothingOf(subject: Subject, members: object, answer: object): void {
    for (const value of [subject.email, subject.secret, subject.userId, subject.key.key.accessKeyId]) {
      if (!JSON.stringify(members).includes(value)) expect(JSON.stringify(answer)).not.toContain(value);
    }
  }

  it.each(KEY_CASES)('$name lets in a key whose only scope is $rule.scope, by token and by signature', async (one) => {
    const { key, token } = byScope.get(one.rule.scope as Scope) as { key: TestKey; token: string };
    for (const proof of proofs(one, { key, token })) expectSuccess(await send(one, await newMembers(one), proof));
  });

  it.each(KEY_CASES.filter(({ isUpload }) => isUpload))('$name refuses a signature, good or not', async (one) => {
    const members = await newMembers(one);
    const before = await snapshot(server());
    const { key } = everything;
    for (const signedBy of [key, nothing.key, { ...key, secret: 'f'.repeat(48) }]) {
      expectFailure(await send(one, members, { signedBy }), 401);
    }
    expect(await snapshot(server())).toEqual(before);
  });

  it.each(KEY_CASES)('$name refuses every other scope, alone and all of them together', async (one) => {
    const members = await newMembers(one);
    const others = SCOPES.filter((scope) => scope !== one.rule.scope);
    const callers = [...others.map((scope) => byScope.get(scope)), nothing, await createCaller(others)];
    const before = await snapshot(server());
    for (const caller of callers) {
      for (const credential of proofs(one, caller as { key: TestKey; token: string })) {
        const answer = await send(one, members, credential);
        expectFailure(answer, 403);
        expect(answer.message).toContain(one.rule.scope);
      }
    }
    expect(await snapshot(server())).toEqual(before);
  });

  it.each(KEY_CASES)('$name refuses whoever does not prove an access key that is good', async (one) => {
    const members = await newMembers(one);
    const before = await snapshot(server());
    for (const [name, credential, statusCode, apiCode] of refused) {
      if (one.isUpload && isSigned(credential)) continue;
      const { statusCode: told, apiCode: code } = await send(one, members, credential);
      expect({ name, told, code }).toEqual({ name, told: statusCode, code: apiCode });
    }
    expect(await snapshot(server())).toEqual(before);
    expectSuccess(await send(one, members, everything));
  });

  it.each(KEY_CASES)('$name lets a key of another pool act on that pool alone', async (one) => {
    for (const credential of proofs(one, other)) {
      const subject = await newSubject(one);
      const members = await membersOf(one, subject);
      const before = await rowsOfPool();
      expect(before.join()).toContain(subject.userId);
      const answer = await send(one, members, credential);
      expect(answer).toMatchObject(one.rule.fromOtherPool ?? {});
      expectNothingOf(subject, members, answer);
      const named = { 'x-authing-userpool-id': server().poolId };
      expectFailure(await send(one, members, { token: other.token }, named), 403, 2224);
      if (!one.rule.concernsAllPools) expect(await rowsOfPool()).toEqual(before);
    }
  });

  it.each(USER_CASES)('$name lets a user in by a token of their own', async (one) => {
    const subject = await newSubject(one);
    expectSuccess(await send(one, await membersOf(one, subject), { token: subject.token }));
  });

  it.each(USER_CASES)('$name refuses whoever is no user, an access key with every scope too', async (one) => {
    const members = await newMembers(one);
    const before = await snapshot(server());
    const keys = [{ token: everything.token }, { signedBy: everything.key }];
    for (const credential of [...refused.map(([, credential]) => credential), ...keys]) {
      const { statusCode } = await send(one, members, credential);
      expect({ credential, statusCode }).toEqual({ credential, statusCode: 401 });
    }
    expect(await snapshot(server())).toEqual(before);
  });

  it.each(USER_CASES)('$name lets a user act on nobody else, of this pool or of another', async (one) => {
    const subject = await newSubject(one);
    const members = await membersOf(one, subject);
    for (const token of [everything.token, other.token]) {
      const stranger = await createSubject(server(), token, one.rule);
      const before = await rowsOf(subject);
      const answer = await send(one, members, { token: stranger.token });
      expect(answer).toMatchObject(one.rule.fromOtherUser ?? {});
      expectNothingOf(subject, members, answer);
      expect(await rowsOf(subject)).toEqual(before);
    }
  });

  it.each(PUBLIC_CASES)('$name lets everybody in, whatever the credential', async (one) => {
    const members = await newMembers(one);
    expectSuccess(await send(one, members));
    for (const [, credential] of refused) expectSuccess(await send(one, members, credential));
    for (const { key, token } of byScope.values()) {
      expectSuccess(await send(one, members, { token }));
      expectSuccess(await send(one, members, { signedBy: key }));
    }
  });
});
