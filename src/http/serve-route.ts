import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessKey } from '../access/access-keys.ts';
import { type Claim, type CredentialHeaders, namedAccessKey } from '../access/authenticate.ts';
import type { SignedRequest } from '../access/signature.ts';
import type { Actor } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import { answerLanguage, successEnvelope } from './answer.ts';
import { inspectBody, isJsonContent, parseBody } from './body.ts';
import { admitAddress, countKey, isCharged } from './limit-requests.ts';
import { namesOfLists, readQuery } from './query.ts';
import { ANY_KEY, type RateLimits } from './rate-limit.ts';
import type { BodyLimit, Route } from './route.ts';
import { refuseUnstorable } from './storable.ts';
import { createValidator } from './validate.ts';

/** What the log line and the audit event of a request say of it beside the route. */
interface Outcome {
  statusCode?: number;
  apiCode?: number;
  error?: string;
  accessKeyId?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyLimit?: BodyLimit;
    refusalData?: unknown;
  }
  interface FastifyRequest {
    claim?: Claim;
    key?: AccessKey;
    /** The access key that was proven, even if the request was refused after that. */
    provenKeyId?: string;
    outcome?: Outcome;
    audited?: boolean;
  }
}

const DEFAULT_BODY_LIMIT: BodyLimit = { bytes: 1024 * 1024 };
const NO_BODY = Buffer.alloc(0);

/**
 * Serves a route: whether the address may still call, who is calling by the headers, the body, the proof that covers
 * it, the scope, the input, the work. Each step may refuse, and each comes as early as it can.
 */
export function addRoute(app: FastifyInstance, services: Services, limits: RateLimits, route: Route): void {
  const validate = createValidator(route.input);
  const limit: BodyLimit = route.bodyLimit?.(services.config) ?? DEFAULT_BODY_LIMIT;

  const listLimit = route.listLimit?.(services.config);
  const listParameters = route.method === 'GET' ? namesOfLists(route.input) : [];

  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: limit.bytes,
    config: { bodyLimit: limit, refusalData: route.refusalData },
    onRequest: async (request, reply) => {
      const credentials = readCredentials(request);
      const namedKey = () => (route.provenKey ? ANY_KEY : namedAccessKey(credentials));
      await admitAddress(limits, request, reply, namedKey);
      if (route.scope !== 'public') request.claim = await services.authenticator.identify(credentials);
      if (
        route.method === 'POST' &&
        !isJsonContent(request.headers['content-type'], request.headers['content-encoding'])
      ) {
        throw new FactorportError('content_type');
      }
    },
    handler: async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
      const hasBody = route.method === 'POST';
      const members = hasBody ? inspectBody(body, listLimit) : undefined;
      const key = await request.claim?.prove({ ...asSigned(request, body), members, listParameters });
      if (key !== undefined) {
        await countKey(limits, request, key.accessKeyId);
        admit(request, key, route);
      }
      const input = hasBody ? parseBody(body) : readQuery(queryOf(request), route.input);
      if (!route.checksItself) {
        refuseUnstorable(input);
        validate(input);
      }
      const namedKeyId = route.provenKey?.(input as never);
      if (namedKeyId !== undefined) await limits.admitAddress(request.ip, () => namedKeyId);
      const language = answerLanguage(request.headers);
      const data = await route.handle(
        {
          services,
          actor: actorOf(request),
          key: key as AccessKey,
          language,
          markAudited: () => {
            request.audited = true;
          },
        },
        input as never,
      );
      if (namedKeyId !== undefined) await countKey(limits, request, namedKeyId);
      request.outcome = { ...request.outcome, statusCode: 200 };
      return reply.send(successEnvelope(request.id, language, data));
    },
    onSend: async (request) => {
      if (isCharged(request)) await limits.chargeAddress(request.ip);
    },
    onResponse: async (request) => {
      if (request.audited) return;
      const { statusCode = 500, error, apiCode } = request.outcome ?? {};
      const result = statusCode === 200 ? 'ok' : statusCode >= 500 && statusCode !== 501 ? 'failed' : 'refused';
      const accessKeyId = request.key === undefined ? request.provenKeyId : undefined;
      const detail = { route: route.path, statusCode, error, apiCode, accessKeyId };
      services.audit.record(actorOf(request), { action: 'api.call', result, detail });
    },
  });
}

function admit(request: FastifyRequest, key: AccessKey, route: Route): void {
  request.key = key;
  if (route.scope !== 'public') requireScope(key, route.scope);
}

/** @throws `scope_missing` */
export function requireScope(key: AccessKey, scope: AccessKey['scopes'][number]): void {
  if (!key.scopes.includes(scope)) throw new FactorportError('scope_missing', { parameters: { scope } });
}

function actorOf(request: FastifyRequest): Actor {
  return {
    poolId: request.key?.poolId ?? '',
    id: request.key?.accessKeyId ?? '',
    address: request.ip,
    requestId: request.id,
  };
}

function readCredentials(request: FastifyRequest): CredentialHeaders {
  const { headers } = request;
  const one = (name: string) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    authorization: rawHeaders(request)
      .filter(([name]) => name.toLowerCase() === 'authorization')
      .map(([, value]) => value),
    date: one('x-authing-date') ?? one('date'),
    signatureMethod: one('x-authing-signature-method'),
    signatureVersion: one('x-authing-signature-version'),
    signatureNonce: one('x-authing-signature-nonce'),
    poolId: one('x-authing-userpool-id'),
  };
}

function asSigned(request: FastifyRequest, body: Buffer): SignedRequest {
  return {
    method: request.method,
    path: request.url.split('?')[0] as string,
    query: queryOf(request),
    headers: rawHeaders(request),
    body,
  };
}

function queryOf(request: FastifyRequest): string {
  const start = request.url.indexOf('?');
  return start < 0 ? '' : request.url.slice(start + 1);
}

/** Names and values as they came, repeated ones included: Node's own object drops some of those. */
function rawHeaders(request: FastifyRequest): [string, string][] {
  const { rawHeaders: raw } = request.raw;
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2] as string, raw[index * 2 + 1] as string]);
}
