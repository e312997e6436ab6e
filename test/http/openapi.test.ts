import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/errors/table.ts';
import { pathTemplate } from '../../src/http/parameters.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { useServer } from '../conformance/support/use-server.ts';
import { ENGINES } from '../support/engines.ts';

const LANGUAGES = ['zh', 'en'] as const;

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

describe.each(ENGINES)('%s: what describes the API', (engine) => {
  const server = useServer(engine);

  it.each(LANGUAGES)('/openapi.json (%s) is valid OpenAPI 3.1', async (language) => {
    const { status, body, headers } = await server().call('GET', '/openapi.json', {
      headers: { 'accept-language': language },
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body.openapi).toMatch(/^3\.1\.\d$/);
    const result = await new Validator().validate(structuredClone(body));
    expect(result).toMatchObject({ valid: true });
  });

  it('/openapi.json lists every route and no other, with its scope, input and answers', async () => {
    const { paths } = (await server().call('GET', '/openapi.json')).body;
    const listed = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.toSorted()).toEqual(ROUTES.map((route) => `${route.method} ${pathTemplate(route.path)}`).toSorted());
    const operationIds = new Set<string>();
    for (const route of ROUTES) {
      const operation = paths[pathTemplate(route.path)][route.method.toLowerCase()];
      operationIds.add(operation.operationId);
      expect(operation['x-scope']).toBe(route.scope);
      const ofKeys = route.upload === undefined ? [{ signature: [] }, { token: [] }] : [{ token: [] }];
      const security = { public: [], user: [{ userToken: [] }] }[route.scope as string] ?? ofKeys;
      expect(operation.security).toEqual(security);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '429', '5XX']));
      expect(operation).toHaveProperty(route.method === 'POST' ? 'requestBody' : 'parameters');
    }
    expect(operationIds.size).toBe(ROUTES.length);
  });

  it('every statusCode of the table of errors is among those that /openapi.json names for a failure', async () => {
    const { components } = (await server().call('GET', '/openapi.json')).body;
    const named = components.schemas.Failure.properties.statusCode.enum;
    for (const { statusCode } of Object.values(ERRORS)) expect(named).toContain(statusCode);
  });

  it.each(LANGUAGES)('/docs in %s has every route and every error code with its sentence', async (language) => {
    const { status, body, headers } = await server().call('GET', `/docs?lang=${language}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).toContain(`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">`);
    const text = body.replaceAll('<wbr>', '');
    for (const route of ROUTES) {
      expect(body).toContain(`<code>${route.path}</code>`);
      expect(body).toContain(escaped(route.summary[language]));
    }
    for (const [code, error] of Object.entries(ERRORS)) {
      // Errors that only starting up meets are not answers.
      const isAnswer = !('startup' in error);
      expect(text.includes(`<code>${code}</code>`), code).toBe(isAnswer);
      expect(text.includes(escaped(error[language])), code).toBe(isAnswer);
    }
  });

  it('/docs follows accept-language, and ?lang= before it', async () => {
    const languageOf = async (path: string, language: string) =>
      /<html lang="([^"]+)"/.exec(
        (await server().call('GET', path, { headers: { 'accept-language': language } })).body,
      )?.[1];
    expect(await languageOf('/docs', 'en')).toBe('en');
    expect(await languageOf('/docs', 'zh-CN')).toBe('zh-CN');
    expect(await languageOf('/docs', 'fr')).toBe('zh-CN');
    expect(await languageOf('/docs?lang=en', 'zh')).toBe('en');
    expect(await languageOf('/docs?lang=<script>', 'en')).toBe('en');
  });

  it.each(LANGUAGES)(
    '/docs in %s may load and run nothing: a policy without unsafe-inline, and nothing it would break',
    async (language) => {
      const { body, headers } = await server().call('GET', `/docs?lang=${language}`);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(body).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|javascript:/i);
      expect(body.match(/<style>/g)).toHaveLength(1);
    },
  );

  it('every place in the page that /docs links to exists, and names are unique', async () => {
    const { body } = await server().call('GET', '/docs?lang=en');
    const ids = [...(body as string).matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const match of (body as string).matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(match[1]);
  });

  it('/ leads to /docs', async () => {
    const response = await fetch(server().url, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/docs');
  });

  it('the probes need no key and tell nothing but that it works', async () => {
    const live = await server().call('GET', '/health/live');
    expect(live).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await server().call('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { status: 'ok', database: engine } });
  });

  it('no answer may be kept by a cache', async () => {
    for (const path of ['/docs', '/openapi.json', '/health/live', '/health/ready', '/api/v3/list-users', '/nowhere']) {
      expect((await server().call('GET', path)).headers.get('cache-control')).toBe('no-store');
    }
  });
});
