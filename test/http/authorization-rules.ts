import type { Route } from '../../src/http/route.ts';
import { codeAt } from '../conformance/support/codes.ts';
import { uniqueName } from '../conformance/support/use-server.ts';
import { plant, plantedSeed } from '../support/planted.ts';
import type { TestKey, TestServer } from '../support/test-server.ts';
import { finishedJob, readyJob, runningJob, stoppedJob } from './jobs-of-pool.ts';

/** What a request is about: a user with an OTP and an access key, both made for this one request. */
export interface Subject {
  readonly userId: string;
  readonly username: string;
  /** Sent by no request, so that an answer that holds it gives something away. */
  readonly email: string;
  readonly secret: string;
  /** Without any scope. */
  readonly key: TestKey;
  /** The user's own, where users call. */
  readonly token: string;
}

export type Members = Readonly<Record<string, unknown>>;

interface Told {
  readonly statusCode: number;
  readonly data?: unknown;
}

/** Who may do what: the decision about a route, written down once more beside the route itself. */
export interface Rule {
  readonly scope: Route['scope'];
  /** Members of a request about the subject that succeeds for whoever may make it: a query or a body. */
  members(subject: Subject, server: TestServer): Members | Promise<Members>;
  /** Where keys call: what the same request of another pool's key, with every scope, is answered. */
  readonly fromOtherPool?: Told;
  /** The installation has one key ring, so a rotation seals the values of every pool anew. */
  readonly concernsAllPools?: boolean;
  /** Where users call: what the same request of another user is answered. */
  readonly fromOtherUser?: Told;
  /** Where the request needs a user who has no OTP yet. */
  readonly withoutOtp?: boolean;
}

const NOT_FOUND = { statusCode: 404 };
/** The request succeeds, on what the other pool has itself. */
const ITS_OWN = { statusCode: 200 };

const byUserId = ({ userId }: Subject) => ({ userId });
const byKeyId = ({ key }: Subject) => ({ accessKeyId: key.key.accessKeyId });

/** A rule for each route. A route without one, or with another scope than its rule says, fails the matrix. */
export const RULES: Readonly<Record<string, Rule>> = {
  'POST /api/v3/import-otp': {
    scope: 'otp:import',
    members: ({ userId }) => ({ list: [{ userId, otp: { secret: plantedSeed(7_001) } }] }),
    fromOtherPool: { statusCode: 400, data: { errors: [{ reason: 'user_not_found' }] } },
  },
  'POST /api/v1/import-jobs': { scope: 'otp:import', members: () => ({}), fromOtherPool: ITS_OWN },
  'GET /api/v1/import-jobs': { scope: 'otp:import', members: () => ({}), fromOtherPool: ITS_OWN },
  'GET /api/v1/import-jobs/:jobId': { scope: 'otp:import', members: readyJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/import-jobs/:jobId/inspect': { scope: 'otp:import', members: readyJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/import-jobs/:jobId/prove': {
    scope: 'otp:import',
    members: async (subject, server) => ({ ...(await readyJob(subject, server)), user: 'nobody', code: '000000' }),
    fromOtherPool: NOT_FOUND,
  },
  'POST /api/v1/import-jobs/:jobId/run': {
    scope: 'otp:import',
    members: async (subject, server) => ({ ...(await readyJob(subject, server)), dryRun: true }),
    fromOtherPool: NOT_FOUND,
  },
  'GET /api/v1/import-jobs/:jobId/events': { scope: 'otp:import', members: readyJob, fromOtherPool: NOT_FOUND },
  'GET /api/v1/import-jobs/:jobId/report': { scope: 'otp:import', members: readyJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/import-jobs/:jobId/cancel': { scope: 'otp:import', members: runningJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/import-jobs/:jobId/resume': { scope: 'otp:import', members: stoppedJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/import-jobs/:jobId/undo': { scope: 'otp:import', members: finishedJob, fromOtherPool: NOT_FOUND },
  'POST /api/v1/otp/verify': {
    scope: 'otp:verify',
    members: ({ userId, secret }) => ({ userId, code: codeAt(secret, Date.now()) }),
    fromOtherPool: { statusCode: 404, data: { verified: false } },
  },
  'GET /api/v1/factors/state': { scope: 'users:read', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/factors/confirm': {
    scope: 'factors:manage',
    members: ({ userId, secret }) => ({ userId, code: codeAt(secret, Date.now()) }),
    fromOtherPool: { statusCode: 404, data: { verified: false } },
  },
  'POST /api/v1/factors/resync': {
    scope: 'factors:manage',
    members: ({ userId, secret }) => ({
      userId,
      code: codeAt(secret, Date.now()),
      nextCode: codeAt(secret, Date.now() + 30_000),
    }),
    fromOtherPool: { statusCode: 404, data: { verified: false } },
  },
  'POST /api/v1/factors/unlock': { scope: 'factors:manage', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/factors/recovery-codes': { scope: 'factors:manage', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/factors/reset': { scope: 'factors:manage', members: byUserId, fromOtherPool: NOT_FOUND },
  'GET /api/v1/vault/status': { scope: 'vault:manage', members: () => ({}), fromOtherPool: ITS_OWN },
  'POST /api/v1/vault/rotate': {
    scope: 'vault:manage',
    members: () => ({}),
    fromOtherPool: ITS_OWN,
    concernsAllPools: true,
  },
  'GET /api/v1/audit/events': {
    scope: 'audit:read',
    members: byUserId,
    fromOtherPool: { statusCode: 200, data: { list: [] } },
  },
  'GET /api/v1/audit/export': { scope: 'audit:read', members: byUserId, fromOtherPool: ITS_OWN },
  'GET /api/v3/get-otp-secret-by-user': { scope: 'otp:read-secret', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/export': {
    scope: 'otp:read-secret',
    members: () => ({ format: 'ndjson', revealSecrets: true }),
    fromOtherPool: ITS_OWN,
  },
  'GET /api/v3/get-user-mfa-info': { scope: 'users:read', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v3/get-management-token': {
    scope: 'public',
    members: ({ key }) => ({ accessKeyId: key.key.accessKeyId, accessKeySecret: key.secret }),
  },
  'POST /api/v3/create-user': {
    scope: 'users:write',
    members: () => ({ username: uniqueName('made'), otp: { secret: plantedSeed(7_002) } }),
    fromOtherPool: ITS_OWN,
  },
  'POST /api/v3/create-users-batch': {
    scope: 'users:write',
    members: () => ({ list: [{ username: uniqueName('made') }, { username: uniqueName('made') }] }),
    fromOtherPool: ITS_OWN,
  },
  'GET /api/v3/get-user': { scope: 'users:read', members: byUserId, fromOtherPool: NOT_FOUND },
  'GET /api/v3/get-user-batch': {
    scope: 'users:read',
    members: ({ userId }) => ({ userIds: [userId] }),
    fromOtherPool: { statusCode: 200, data: [] },
  },
  'POST /api/v3/list-users': {
    scope: 'users:read',
    members: ({ userId }) => ({ advancedFilter: [{ field: 'id', operator: 'EQUAL', value: userId }] }),
    fromOtherPool: { statusCode: 200, data: { totalCount: 0, list: [] } },
  },
  'GET /api/v3/list-users': { scope: 'users:read', members: () => ({ limit: 50 }), fromOtherPool: ITS_OWN },
  'POST /api/v3/is-user-exists': {
    scope: 'users:read',
    members: ({ username }) => ({ username }),
    fromOtherPool: { statusCode: 200, data: { exists: false } },
  },
  'POST /api/v3/update-user': {
    scope: 'users:write',
    members: ({ userId }) => ({ userId, name: 'another name' }),
    fromOtherPool: NOT_FOUND,
  },
  'POST /api/v3/delete-users-batch': {
    scope: 'users:write',
    members: ({ userId }) => ({ userIds: [userId] }),
    fromOtherPool: NOT_FOUND,
  },
  'POST /api/v3/create-access-key': {
    scope: 'keys:manage',
    members: () => ({ type: 'userpool' }),
    fromOtherPool: ITS_OWN,
  },
  'GET /api/v3/list-access-key': { scope: 'keys:manage', members: () => ({}), fromOtherPool: ITS_OWN },
  'GET /api/v3/get-access-key': { scope: 'keys:manage', members: byKeyId, fromOtherPool: NOT_FOUND },
  'POST /api/v3/update-access-key': {
    scope: 'keys:manage',
    members: (subject) => ({ ...byKeyId(subject), enable: false }),
    fromOtherPool: NOT_FOUND,
  },
  'POST /api/v3/delete-access-key': { scope: 'keys:manage', members: byKeyId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/mfa-tokens': { scope: 'tokens:issue', members: byUserId, fromOtherPool: NOT_FOUND },
  'POST /api/v1/mfa/token/introspection': {
    scope: 'tokens:issue',
    members: async ({ userId }, server) => ({ token: await userToken(server, userId) }),
    fromOtherPool: { statusCode: 200, data: { active: false } },
  },
  'POST /api/v3/mfa-totp-verify': {
    scope: 'user',
    members: ({ secret }) => ({ totp: codeAt(secret, Date.now()) }),
    fromOtherUser: { statusCode: 400, data: { verified: false } },
  },
  'POST /api/v3/send-enroll-factor-request': {
    scope: 'user',
    withoutOtp: true,
    members: () => ({ factorType: 'OTP' }),
    fromOtherUser: ITS_OWN,
  },
  'POST /api/v3/enroll-factor': {
    scope: 'user',
    withoutOtp: true,
    members: enrolment,
    fromOtherUser: { statusCode: 400 },
  },
  'GET /api/v3/list-enrolled-factors': { scope: 'user', members: () => ({}), fromOtherUser: ITS_OWN },
  'GET /api/v3/get-factor': { scope: 'user', members: ownFactor, fromOtherUser: NOT_FOUND },
  'GET /api/v3/list-factors-to-enroll': { scope: 'user', members: () => ({}), fromOtherUser: ITS_OWN },
  'POST /api/v3/reset-factor': {
    scope: 'user',
    members: async (subject, server) => {
      const totp = codeAt(subject.secret, Date.now());
      await server.call('POST', '/api/v3/mfa-totp-verify', { token: subject.token, body: { totp } });
      return ownFactor(subject, server);
    },
    fromOtherUser: NOT_FOUND,
  },
};

async function userToken(server: TestServer, userId: string): Promise<string> {
  const body = { userId };
  const answer = await server.call('POST', '/api/v1/mfa-tokens', { token: await server.token(), body });
  plant(answer.body.data.token);
  return answer.body.data.token;
}

async function ownFactor({ userId }: Subject, server: TestServer) {
  const factor = await server.services.store.read.factors.find(server.poolId, userId);
  return { factorId: factor?.factor_id };
}

/** Begins to enrol, and gives what finishes it. */
async function enrolment({ token }: Subject, server: TestServer) {
  const { body } = await server.call('POST', '/api/v3/send-enroll-factor-request', {
    token,
    body: { factorType: 'OTP' },
  });
  const { enrollmentToken, otpData } = body.data;
  plant(enrollmentToken);
  const secret = new URL(otpData.qrCodeUri).searchParams.get('secret') as string;
  plant(secret);
  plant(otpData.recoveryCode);
  return { factorType: 'OTP', enrollmentToken, enrollmentData: { passCode: codeAt(secret, Date.now()) } };
}

export function nameOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

let subjects = 0;

/** Makes a subject in the pool of a key with every scope, whose token is given. */
export async function createSubject(server: TestServer, token: string, rule: Rule): Promise<Subject> {
  const username = uniqueName('subject');
  const email = `${username}@hidden.example`;
  const secret = plantedSeed(7_100 + subjects++);
  const otp = rule.withoutOtp ? {} : { otp: { secret } };
  const user = await server.call('POST', '/api/v3/create-user', { token, body: { username, email, ...otp } });
  const { userId } = user.body.data;
  const subject = { userId, username, email, secret, key: await server.createKey([]) };
  if (!isForUsers(rule)) return { ...subject, token: '' };
  const answer = await server.call('POST', '/api/v1/mfa-tokens', { token, body: { userId } });
  plant(answer.body.data.token);
  return { ...subject, token: answer.body.data.token };
}

/** Whether a route's callers are users, each for themselves. */
export function isForUsers(rule: Rule): boolean {
  return (rule.scope as string) === 'user';
}
