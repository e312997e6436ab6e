import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import { answerLanguage, sendError } from './answer.ts';
import { limitBodyTime } from './body-time.ts';
import { createClientErrorHandlers } from './client-error.ts';
import { addPages } from './pages.ts';
import { createRateLimits } from './rate-limit.ts';
import { ROUTES } from './routes/index.ts';
import { addRoute } from './serve-route.ts';

/** For the headers; how long a body may take depends on the route. */
const HEADERS_TIMEOUT_MS = 60_000;

export interface AppOptions {
  readonly services: Services;
  readonly logger: FastifyBaseLogger;
  /** Whether the process has been told to stop: new requests are then refused, those in flight are finished. */
  readonly isStopping: () => boolean;
}

/** Puts the HTTP application together; nothing listens yet. */
export function createApp({ services, logger, isStopping }: AppOptions): FastifyInstance {
  const { handleClientError, refuseExpectation } = createClientErrorHandlers(logger);
  const app = Fastify({
    loggerInstance: logger,
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    trustProxy: services.config.trustProxy,
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    http: { requireHostHeader: false, headersTimeout: HEADERS_TIMEOUT_MS },
    clientErrorHandler: handleClientError,
    frameworkErrors: (error, request, reply) => answerError(error, request as FastifyRequest, reply as FastifyReply),
  });

  // Bodies are kept as bytes: a signature covers them as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.addHook('onRequest', async (request, reply) => {
    reply
      .header('cache-control', 'no-store')
      .header('x-request-id', request.id)
      .header('x-content-type-options', 'nosniff');
    if (!request.routeOptions.config.isUpload) limitBodyTime(request.raw, handleClientError);
    if (isStopping()) throw new FactorportError('unavailable');
    // RFC 9112 §3.2: a request of HTTP/1.1 without Host is refused. Node would do so without a body.
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new FactorportError('bad_request');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isStopping()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        address: request.ip,
        ...request.outcome,
      },
      'request',
    );
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => answerError(new FactorportError('route_not_found'), request, reply));

  app.server.on('checkExpectation', refuseExpectation);

  const limits = createRateLimits(services.config, services.clock);
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  const parts = { services, limits, stopping: stopping.signal };
  for (const route of ROUTES) if (route.upload === undefined) addRoute(app, parts, route);
  app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    // The handler reads it.
    uploads.addContentTypeParser('*', (_request, _body, done) => done(null));
    for (const route of ROUTES) if (route.upload !== undefined) addRoute(uploads, parts, route);
  });
  addPages(app, services, limits, isStopping);
  return app;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof FactorportError ? error : translateFrameworkError(error, request);
  const { statusCode, apiCode } = known.definition;
  request.outcome = {
    ...request.outcome,
    statusCode,
    error: known.code,
    ...(apiCode === undefined ? {} : { apiCode }),
  };
  if (statusCode === 500 || statusCode === 503) request.log.error({ err: known.cause ?? known }, known.message);
  const path = request.url.split('?')[0] as string;
  const { refusalData } = request.routeOptions.config;
  const language = answerLanguage(request.headers);
  sendError(reply, known, { path, requestId: request.id, language, refusalData });
}

/** What Fastify itself refuses: a body that is too large or breaks off, a URL that cannot be decoded. */
function translateFrameworkError(error: unknown, request: FastifyRequest): FactorportError {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(request, error);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new FactorportError('content_type', { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new FactorportError('bad_request', { cause: error });
  }
  return new FactorportError('internal', { cause: error });
}

function tooLarge(request: FastifyRequest, cause: unknown): FactorportError {
  const { bytes = 0, setting } = request.routeOptions.config.bodyLimit ?? {};
  const limitMiB = bytes / 1024 / 1024;
  if (setting === undefined) return new FactorportError('body_too_large', { parameters: { limitMiB }, cause });
  return new FactorportError('import_body_too_large', { parameters: { limitMiB, setting }, cause });
}
