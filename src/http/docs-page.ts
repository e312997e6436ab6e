import { createHash } from 'node:crypto';
import { ERRORS } from '../errors/table.ts';
import type { Language, LocalText } from '../language.ts';
import { placeOf } from './parameters.ts';
import type { Route } from './route.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

const TEXTS = {
  title: { en: 'Factorport API', zh: 'Factorport API 文档' },
  lead: {
    en: 'Every endpoint of this server. Requests are signed with an access key, or carry a management token; both are shown in the README; endpoints that users call take a token of that user. Answers are {statusCode, message, apiCode?, requestId, data?}.',
    zh: '本服务的全部接口。请求以访问密钥签名，或携带管理令牌，两种方式的示例见 README；用户侧接口使用用户本人的令牌。应答格式为 {statusCode, message, apiCode?, requestId, data?}。',
  },
  v3: {
    en: 'Under /api/v3/ a refusal is HTTP 200 with another statusCode; under /api/v1/ the HTTP status is the statusCode. Throttling and faults are real HTTP statuses in both.',
    zh: '/api/v3/ 下的拒绝以 HTTP 200 返回，statusCode 不为 200；/api/v1/ 下 HTTP 状态即 statusCode。限流与服务故障在两者中均为真实的 HTTP 状态。',
  },
  machine: { en: 'OpenAPI 3.1 for machines', zh: '机器可读的 OpenAPI 3.1' },
  other: { en: '中文', zh: 'English' },
  scope: { en: 'Scope: ', zh: '权限：' },
  public: { en: 'none: public', zh: '无需（公开）' },
  user: {
    en: "none: the caller is a user, by an access token of the company's OpenID provider or a token of /api/v1/mfa-tokens",
    zh: '无需；调用方为用户本人，使用企业 OpenID 提供方的 access token，或 /api/v1/mfa-tokens 签发的令牌',
  },
  field: { en: 'Field', zh: '字段' },
  type: { en: 'Type', zh: '类型' },
  required: { en: 'Required', zh: '必填' },
  mustBeGiven: { en: 'required', zh: '必填' },
  input: { en: 'Request', zh: '请求' },
  path: { en: 'in the path', zh: '路径参数' },
  query: { en: 'in the query', zh: '查询参数' },
  header: { en: 'header', zh: '请求头' },
  output: { en: 'data when it succeeds', zh: '成功时的 data' },
  errors: { en: 'Error answers', zh: '错误应答' },
  code: { en: 'Error', zh: '错误名' },
  meaning: { en: 'Meaning and remedy', zh: '含义与处理方法' },
  endpoints: { en: 'Endpoints', zh: '接口' },
} as const satisfies Record<string, LocalText>;

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dee6, #333b46); --soft: light-dark(#f4f6f9, #1b2027); --text: light-dark(#1b2430, #e2e8f0); --dim: light-dark(#5b6776, #9aa7b8); --accent: light-dark(#0b5cad, #6cb4ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif; color: var(--text); background: light-dark(#fff, #12161b); }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
h1 { margin: 0; font-size: 1.75rem; } h2 { margin: 3rem 0 1rem; font-size: 1.25rem; }
p { max-width: 46rem; } a { color: var(--accent); } small { color: var(--dim); font-weight: 400; }
nav ul { list-style: none; padding: 0; columns: 19rem auto; } nav li { break-inside: avoid; padding: .1rem 0; }
code { font: .875em/1.5 ui-monospace, "SFMono-Regular", Consolas, monospace; overflow-wrap: break-word; }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 0 1.25rem 1rem; }
section h3 { margin: 0 -1.25rem 1rem; padding: .75rem 1.25rem; background: var(--soft); border-radius: .5rem .5rem 0 0; border-bottom: 1px solid var(--line); font-size: 1rem; }
h4 { margin: 1.25rem 0 .25rem; font-size: .875rem; color: var(--dim); font-weight: 600; }
.method { display: inline-block; min-width: 3.25rem; color: var(--accent); font-weight: 700; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th { text-align: left; color: var(--dim); font-weight: 600; font-size: .8125rem; } th, td { padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
table { table-layout: fixed; } th:nth-child(1) { width: 42%; } th:nth-child(3) { width: 14%; }
.errors th:nth-child(1) { width: 15rem; } .errors th:nth-child(2) { width: 6.5rem; } .errors th:nth-child(3) { width: 5rem; }
tr:last-child td { border-bottom: 0; } nav a { text-decoration: none; } nav a:hover { text-decoration: underline; } h1 small { font-size: 1rem; }
section:target { border-color: var(--accent); } section, h2 { scroll-margin-top: 1rem; }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.375rem; } h2 { margin-top: 2rem; } nav li { padding: .375rem 0; }
  section { padding: 0 .875rem .5rem; } section h3 { margin: 0 -.875rem .875rem; padding: .625rem .875rem; }
  table, tbody { display: block; } thead { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .5rem 0; border-bottom: 1px solid var(--line); } tr:last-child { border-bottom: 0; }
  td { padding: 0; border: 0; } td:first-child { flex: 1 0 100%; } td:empty { display: none; }
  td:nth-child(n+2) { color: var(--dim); font-size: .875rem; } .errors td:nth-child(4) { flex: 1 0 100%; color: var(--text); }
}
`;

/** The page is one document with one style and no script, and may load nothing. */
export const DOCS_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Renders the API for people to read. */
export function renderDocs(routes: readonly Route[], version: string, language: Language): string {
  const say = (text: LocalText) => escapeHtml(text[language]);
  const other = language === 'en' ? 'zh' : 'en';
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${say(TEXTS.title)}</title><style>${STYLE}</style></head><body>
<header><h1>${say(TEXTS.title)} <small>${escapeHtml(version)}</small></h1><a href="/docs?lang=${other}" lang="${other === 'zh' ? 'zh-CN' : 'en'}">${say(TEXTS.other)}</a></header>
<p>${say(TEXTS.lead)}</p><p>${say(TEXTS.v3)}</p><p><a href="/openapi.json">${say(TEXTS.machine)}</a></p>
<nav aria-label="${say(TEXTS.endpoints)}"><ul>${routes.map((route) => `<li><a href="#${anchor(route)}"><code>${title(route)}</code></a></li>`).join('')}<li><a href="#errors"><code>${say(TEXTS.errors)}</code></a></li></ul></nav>
<main><h2>${say(TEXTS.endpoints)}</h2>
${routes.map((route) => renderRoute(route, language)).join('\n')}
<h2 id="errors">${say(TEXTS.errors)}</h2>${renderErrors(language)}</main></body></html>`;
}

function renderRoute(route: Route, language: Language): string {
  const say = (text: LocalText) => escapeHtml(text[language]);
  const isForKeys = route.scope !== 'public' && route.scope !== 'user';
  const scope = isForKeys ? `<code>${route.scope}</code>` : say(TEXTS[route.scope]);
  const description = route.description === undefined ? '' : `<p>${say(route.description)}</p>`;
  const output =
    route.output === undefined ? '' : `<h4>${say(TEXTS.output)}</h4>${renderSchema(route.output as Schema, language)}`;
  return `<section id="${anchor(route)}"><h3><span class="method">${route.method}</span> <code>${route.path}</code></h3>
<p><strong>${say(route.summary)}</strong></p>${description}<p>${say(TEXTS.scope)}${scope}</p>
<h4>${say(TEXTS.input)}</h4>${renderSchema(route.input as Schema, language, (name) => placeText(route, name, language))}${renderUpload(route, language)}${output}</section>`;
}

/** Of a file on its way: what the body is, for each content type. */
function renderUpload({ upload = {} }: Route, language: Language): string {
  return Object.entries(upload)
    .map(([type, schema]) => `<h4><code>${escapeHtml(type)}</code></h4>${renderSchema(schema as Schema, language)}`)
    .join('');
}

/** Where a member stands, unless it is where members of such requests stand. */
function placeText(route: Route, name: string, language: Language): string {
  const place = placeOf(route, name);
  if (place === 'body' || (place === 'query' && route.upload === undefined)) return '';
  return ` · ${TEXTS[place][language]}`;
}

function renderSchema(schema: Schema, language: Language, place: (name: string) => string = () => ''): string {
  const head = [TEXTS.field, TEXTS.type, TEXTS.required]
    .map((text) => `<th>${escapeHtml(text[language])}</th>`)
    .join('');
  const rows = fieldRows(schema, '').map(
    ([name, type, required]) =>
      `<tr><td><code>${breakable(name)}</code></td><td>${escapeHtml(type + place(name))}</td><td>${required ? escapeHtml(TEXTS.mustBeGiven[language]) : ''}</td></tr>`,
  );
  if (rows.length === 0) return `<p><code>${escapeHtml(typeName(schema))}</code></p>`;
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** One row a member, the members of members below theirs: `list[].otp.secret`. */
function fieldRows(schema: Schema, prefix: string): [name: string, type: string, required: boolean][] {
  const { properties = {}, required = [] } = objectIn(schema) ?? {};
  const start = withoutNull(schema).type === 'array' ? `${prefix}[]` : prefix;
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = start === '' ? name : `${start}.${name}`;
    return [
      [path, typeName(property), required.includes(name)] as [string, string, boolean],
      ...fieldRows(property, path),
    ];
  });
}

function objectIn(schema: Schema): Schema | undefined {
  const inner = withoutNull(schema);
  if (inner.type === 'array' && inner.items !== undefined) return objectIn(inner.items);
  return inner.properties === undefined ? undefined : inner;
}

function typeName(schema: Schema): string {
  const inner = withoutNull(schema);
  if (inner.enum !== undefined) return inner.enum.join(' | ');
  const suffix = inner.description === undefined ? '' : ` (${inner.description})`;
  if (inner.type === 'array') return `${typeName(inner.items ?? {})}[]${suffix}`;
  if (inner.minimum !== undefined && inner.maximum !== undefined)
    return `${inner.type} ${inner.minimum}–${inner.maximum}${suffix}`;
  return `${inner.type ?? 'any'}${suffix}`;
}

function withoutNull(schema: Schema): Schema {
  return schema.anyOf?.find((choice) => choice.type !== 'null') ?? schema;
}

function renderErrors(language: Language): string {
  const rows = Object.entries(ERRORS)
    .filter(([, error]) => !('startup' in error))
    .map(([code, error]) => {
      const apiCode = 'apiCode' in error ? error.apiCode : '';
      return `<tr><td><code>${breakable(code)}</code></td><td>${error.statusCode}</td><td>${apiCode}</td><td>${escapeHtml(error[language])}</td></tr>`;
    });
  return `<div class="table errors"><table><thead><tr><th>${TEXTS.code[language]}</th><th>statusCode</th><th>apiCode</th><th>${TEXTS.meaning[language]}</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function title(route: Route): string {
  return `${route.method} ${route.path}`;
}

function anchor(route: Route): string {
  return `${route.method.toLowerCase()}-${route.path.replaceAll(':', '').split('/').slice(2).join('-')}`;
}

/** Lets a long name break where its words do. */
function breakable(name: string): string {
  return escapeHtml(name).replace(/[._]/g, '$&<wbr>');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
