import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FactorportError } from '../errors/error.ts';
import type { Language } from '../language.ts';
import type { Services } from '../services.ts';
import { VERSION } from '../version.ts';
import { answerLanguage } from './answer.ts';
import { DOCS_SECURITY_POLICY, renderDocs } from './docs-page.ts';
import { buildOpenApi } from './openapi.ts';
import type { RateLimits } from './rate-limit.ts';
import { ROUTES } from './routes/index.ts';

/** What is not API: the description of it for machines and for people, and the probes of an orchestrator. */
export function addPages(
  app: FastifyInstance,
  services: Services,
  limits: RateLimits,
  isStopping: () => boolean,
): void {
  // Made anew for every request, unlike the answers of the probes, which nothing may keep from an orchestrator.
  const counted = {
    onRequest: async ({ ip }: FastifyRequest) => {
      await limits.admitAddress(ip, () => undefined);
      await limits.chargeAddress(ip);
    },
  };
  app.get('/openapi.json', counted, async (request) => buildOpenApi(ROUTES, VERSION, answerLanguage(request.headers)));

  app.get<{ Querystring: { lang?: string } }>('/docs', counted, async (request, reply) => {
    const language = asLanguage(request.query.lang) ?? answerLanguage(request.headers);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', DOCS_SECURITY_POLICY)
      .header('vary', 'accept-language, x-authing-lang')
      .send(renderDocs(ROUTES, VERSION, language));
  });
  app.get('/', async (_request, reply) => reply.redirect('/docs'));

  app.get('/health/live', async () => ({ status: 'ok', version: VERSION }));
  app.get('/health/ready', async () => {
    if (isStopping()) throw new FactorportError('unavailable');
    await services.ping().catch((cause: unknown) => {
      throw new FactorportError('unavailable', { cause });
    });
    return { status: 'ok', database: services.store.engine };
  });
}

function asLanguage(text: string | undefined): Language | undefined {
  return text === 'en' || text === 'zh' ? text : undefined;
}
