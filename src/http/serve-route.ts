import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessKey } from '../access/access-keys.ts';
import type { CredentialHeaders } from '../access/authenticate.ts';
import type { SignedRequest } from '../access/signature.ts';
import type { UserCaller } from '../access/user-authenticator.ts';
import type { Actor } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import { type Admission, beginAdmission } from './admission.ts';
import { answerLanguage, successEnvelope } from './answer.ts';
import { inspectBody, isJsonContent, parseBody } from './body.ts';
import { lingerOver, readUpload } from './body-time.ts';
import { isCharged } from './limit-requests.ts';
import { schemaOfPlace } from './parameters.ts';
import { namesOfLists, readQuery } from './query.ts';
import type { RateLimits } from './rate-limit.ts';
import type { BodyLimit, IncomingUpload, Route, StreamedAnswer } from './route.ts';
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
    isUpload?: boolean;
    refusalData?: unknown;
  }
  interface FastifyRequest {
    admission?: Admission;
    key?: AccessKey;
    /** The access key that was proven, even if the request was refused after that. */
    provenKeyId?: string;
    user?: UserCaller;
    outcome?: Outcome;
    audited?: boolean;
  }
}

/** What all routes are served with. */
export interface ServingParts {
  readonly services: Services;
  readonly limits: RateLimits;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
}

const DEFAULT_BODY_LIMIT: BodyLimit = { bytes: 1024 * 1024 };
const NO_BODY = Buffer.alloc(0);

/**
 * Serves a route: who is calling by the headers, the body, the proof that covers it, the scope, the input, the work.
 * Each step may refuse, and each comes as early as it can.
 */
export function addRoute(app: FastifyInstance, { services, limits, stopping }: ServingParts, route: Route): void {
  const isUpload = route.upload !== undefined;
  const validate = createValidator(route.input);
  const limit: BodyLimit = route.bodyLimit?.(services.config) ?? DEFAULT_BODY_LIMIT;

  const listLimit = route.listLimit?.(services.config);
  const listParameters = route.method === 'GET' ? namesOfLists(route.input) : [];
  const querySchema = schemaOfPlace(route, 'query');

  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: limit.bytes,
    config: { bodyLimit: limit, isUpload, refusalData: route.refusalData },
    onRequest: async (request, reply) => {
      const headers = readCredentials(request);
      request.admission = await beginAdmission({ services, limits, route }, request, reply, headers);
      if (
        route.method === 'POST' &&
        !isUpload &&
        !isJsonContent(request.headers['content-type'], request.headers['content-encoding'])
      ) {
        throw new FactorportError('content_type');
      }
    },
    handler: async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
      const hasBody = route.method === 'POST' && !isUpload;
      const shape = hasBody ? inspectBody(body, listLimit) : undefined;
      if (request.admission === undefined) throw new FactorportError('internal');
      const handle = await request.admission.finish(request, {
        ...asSigned(request, body),
        members: shape,
        listParameters,
      });
      const members = hasBody ? parseBody(body) : readQuery(queryOf(request), querySchema);
      const input = Object.assign(members, placedMembers(request, route));
      if (!route.checksItself) {
        refuseUnstorable(input);
        validate(input);
      }
      const language = answerLanguage(request.headers);
      const markAudited = () => {
        request.audited = true;
      };
      const signal = route.stream === undefined ? stopping : AbortSignal.any([stopping, closingOf(reply)]);
      const upload = isUpload ? uploadOf(request) : undefined;
      const call = { services, actor: actorOf(request), language, signal, upload, markAudited };
      const data = await handle(call, input as never);
      request.outcome = { ...request.outcome, statusCode: 200 };
      const streamed = streamedAnswer(route, data);
      if (streamed !== undefined) {
        // Events end when the service stops, and then nothing would close their connection.
        if (streamed.contentType === 'text/event-stream') reply.header('connection', 'close');
        return reply.type(streamed.contentType).send(Readable.from(streamed.pieces, { highWaterMark: 1 }));
      }
      return reply.send(successEnvelope(request.id, language, data));
    },
    onSend: async (request) => {
      if (isCharged(request)) await limits.chargeAddress(request.ip);
    },
    onResponse: async (request) => {
      if (isUpload) lingerOver(request.raw);
      if (request.audited) return;
      const { statusCode = 500, error, apiCode } = request.outcome ?? {};
      const result = statusCode === 200 ? 'ok' : statusCode >= 500 && statusCode !== 501 ? 'failed' : 'refused';
      const accessKeyId = request.key === undefined ? request.provenKeyId : undefined;
      const detail = { route: route.path, statusCode, error, apiCode, accessKeyId };
      services.audit.record(actorOf(request), { action: 'api.call', result, detail });
    },
  });
}

/** Members of the input that stand in the path or in headers. */
function placedMembers(request: FastifyRequest, route: Route): Record<string, unknown> {
  const given = (route.headers ?? []).filter((name) => request.headers[name] !== undefined);
  return {
    ...(request.params as Record<string, string>),
    ...Object.fromEntries(given.map((name) => [name, String(request.headers[name])])),
  };
}

function uploadOf({ raw, headers }: FastifyRequest): IncomingUpload {
  const announced = headers['content-length'];
  return {
    contentType: headers['content-type'] ?? '',
    announcedBytes: announced === undefined ? undefined : Number(announced),
    bytes: readUpload(raw),
  };
}

/** Aborted when the connection of an answer closes. */
function closingOf(reply: FastifyReply): AbortSignal {
  const closing = new AbortController();
  reply.raw.once('close', () => closing.abort());
  return closing.signal;
}

function streamedAnswer({ stream }: Route, data: unknown): StreamedAnswer | undefined {
  if (typeof stream === 'string') return { contentType: stream, pieces: data as AsyncIterable<string> };
  if (stream === undefined || typeof data !== 'object' || data === null || !('pieces' in data)) return undefined;
  return data as StreamedAnswer;
}

function actorOf({ key, user, ip: address, id: requestId }: FastifyRequest): Actor {
  if (user !== undefined) return { poolId: user.poolId, id: `user:${user.userId}`, address, requestId };
  return { poolId: key?.poolId ?? '', id: key?.accessKeyId ?? '', address, requestId };
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
