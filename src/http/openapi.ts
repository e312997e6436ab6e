import { ERRORS } from '../errors/table.ts';
import type { Language } from '../language.ts';
import { pathTemplate, placeOf, schemaOfPlace } from './parameters.ts';
import type { Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const ENVELOPE_PROPERTIES = {
  statusCode: { type: 'integer', description: '200: success' },
  message: { type: 'string' },
  apiCode: { type: 'integer' },
  requestId: { type: 'string', format: 'uuid' },
};

/** Describes the routes as OpenAPI 3.1. TypeBox schemas are JSON Schema already, which is what 3.1 takes. */
export function buildOpenApi(routes: readonly Route[], version: string, language: Language): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = pathTemplate(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, language) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Factorport',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: {
        en: 'Imports OTP registrations from other identity systems, keeps them sealed and verifies codes. Under /api/v3/ business failures travel in HTTP 200; look at statusCode.',
        zh: '从其他身份系统导入 OTP 绑定信息，密封保存并校验验证码。/api/v3/ 下的业务失败以 HTTP 200 返回，请以 statusCode 为准。',
      }[language],
    },
    paths,
    components: {
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'authorization',
          description: 'authing <accessKeyId>:<base64 HMAC-SHA1>',
        },
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        userToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: {
            en: "A user's token: an access token of the OpenID provider, or one of /api/v1/mfa-tokens.",
            zh: '用户的令牌：OpenID 提供方签发的 access token，或通过 /api/v1/mfa-tokens 取得的令牌。',
          }[language],
        },
      },
      schemas: {
        Failure: {
          type: 'object',
          required: ['statusCode', 'message', 'requestId'],
          properties: {
            ...ENVELOPE_PROPERTIES,
            statusCode: { type: 'integer', enum: [...new Set(Object.values(ERRORS).map((error) => error.statusCode))] },
            data: {},
          },
        },
      },
    },
  };
}

function operation(route: Route, language: Language): Json {
  const succeeds = {
    type: 'object',
    required: [
      'statusCode',
      'message',
      'requestId',
      ...(route.output === undefined || route.checksItself ? [] : ['data']),
    ],
    properties: { ...ENVELOPE_PROPERTIES, ...(route.output === undefined ? {} : { data: route.output }) },
  };
  const failure = { $ref: '#/components/schemas/Failure' };
  const isV3 = route.path.startsWith('/api/v3/');
  return {
    operationId: `${route.method.toLowerCase()}-${route.path.replaceAll(':', '').split('/').slice(3).join('-')}`,
    summary: route.summary[language],
    ...(route.description === undefined ? {} : { description: route.description[language] }),
    security: security(route),
    'x-scope': route.scope,
    ...input(route),
    responses: {
      200: { description: 'OK', content: successContent(route, isV3 ? { anyOf: [succeeds, failure] } : succeeds) },
      ...(isV3 ? {} : { '4XX': { description: 'refused', content: json(failure) } }),
      429: { description: 'throttled', content: json(failure) },
      '5XX': { description: 'fault', content: json(failure) },
    },
  };
}

function successContent({ stream, output }: Route, envelope: Json): Json {
  if (stream === undefined) return json(envelope);
  const streamed = Object.fromEntries([stream].flat().map((type) => [type, { schema: { type: 'string' } }]));
  return output === undefined ? streamed : { ...streamed, ...json(envelope) };
}

function security({ scope, upload }: Route): readonly Json[] {
  if (scope === 'public') return [];
  if (upload !== undefined) return [{ token: [] }];
  return scope === 'user' ? [{ userToken: [] }] : [{ signature: [] }, { token: [] }];
}

function input(route: Route): Json {
  const { properties = {}, required = [] } = route.input as ObjectSchema;
  const parameters = Object.entries(properties)
    .filter(([name]) => placeOf(route, name) !== 'body')
    .map(([name, schema]) => ({ name, in: placeOf(route, name), required: required.includes(name), schema }));
  return {
    ...(parameters.length === 0 && route.method === 'POST' ? {} : { parameters }),
    ...(route.method === 'GET' ? {} : { requestBody: { required: true, content: bodyContent(route) } }),
  };
}

function bodyContent(route: Route): Json {
  if (route.upload === undefined) return json(schemaOfPlace(route, 'body') as Json);
  return Object.fromEntries(Object.entries(route.upload).map(([type, schema]) => [type, { schema }]));
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}
