import { gzipSync } from 'node:zlib';
import { plantedCode, plantedSeed, plantedSeedBytes } from '../support/planted.ts';

/*
 * Requests that no well-behaved client sends, as data. The user `victim` exists and has a factor, `bare` exists without
 * one; nobody else exists.
 */

export interface BadRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Beside Host, Authorization, Content-Type and Content-Length, which are added unless `omit` names them. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly omit?: readonly string[];
  readonly body?: string | Uint8Array;
  /** The whole first line, where method and path cannot say it. */
  readonly line?: string;
  /** The client ends its side after what it has sent. */
  readonly breakOff?: boolean;
  /** Expected HTTP status, and `statusCode` of the envelope (one of several, where the document leaves it open). */
  readonly http: number | readonly number[];
  readonly statusCode: number | readonly number[];
  /** Expected reason of the first item in `data.errors`. */
  readonly reason?: string;
}

type Extra = Partial<Omit<BadRequest, 'name' | 'method' | 'path'>>;

const IMPORT = '/api/v3/import-otp';
const SEED = plantedSeed(900);
const CODE = plantedCode(900);
const OTP = { secret: SEED, recoveryCode: CODE };
const GOOD = { userId: 'bare', otp: OTP };
const DEEP = 100_000;

/** A body for `import-otp`; business failures under /api/v3/ travel in HTTP 200. */
function imports(name: string, body: unknown, extra: Extra = {}): BadRequest {
  return post(`import: ${name}`, IMPORT, body, extra);
}

function importItem(name: string, item: unknown, reason: string): BadRequest {
  return imports(name, { list: [item] }, { reason });
}

function importOtp(name: string, otp: unknown, reason: string): BadRequest {
  return importItem(name, { userId: 'bare', otp }, reason);
}

function importSecret(name: string, secret: unknown, reason: string): BadRequest {
  return importOtp(`secret ${name}`, { secret, recoveryCode: CODE }, reason);
}

function importUserId(name: string, userId: unknown, reason: string): BadRequest {
  return importItem(`user id ${name}`, { userId, otp: OTP }, reason);
}

function post(name: string, path: string, body: unknown, extra: Extra = {}): BadRequest {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const http = path.startsWith('/api/v3/') ? 200 : 400;
  return { name, method: 'POST', path, body: isRaw ? body : JSON.stringify(body), http, statusCode: 400, ...extra };
}

function get(name: string, path: string, extra: Extra = {}): BadRequest {
  return { name, method: 'GET', path, omit: ['content-type'], http: 200, statusCode: 400, ...extra };
}

const ITEMS: BadRequest[] = [
  importItem('item null', null, 'not_an_object'),
  importItem('item a number', 1, 'not_an_object'),
  importItem('item a text', SEED, 'not_an_object'),
  importItem('item a list', [GOOD], 'not_an_object'),
  importItem('item empty', {}, 'missing'),
  importItem('item without otp', { userId: 'bare' }, 'missing'),
  importItem('item with an unknown member', { ...GOOD, secret: SEED }, 'unknown_field'),
  importItem('item with a member named like an inherited one', { ...GOOD, toString: SEED }, 'unknown_field'),
  importUserId('missing', undefined, 'missing'),
  importUserId('null', null, 'missing'),
  importUserId('a number', 7, 'wrong_type'),
  importUserId('a list', ['bare'], 'wrong_type'),
  importUserId('an object', { id: 'bare' }, 'wrong_type'),
  importUserId('empty', '', 'bad_user_id'),
  importUserId('of 129 characters', 'u'.repeat(129), 'bad_user_id'),
  importUserId('of 100 kB', 'u'.repeat(100_000), 'bad_user_id'),
  importUserId('with NUL', 'bare\u0000', 'bad_user_id'),
  importUserId('with a line feed', 'bare\n', 'bad_user_id'),
  importUserId('with half a surrogate pair', 'bare\ud800', 'bad_user_id'),
  importUserId('of nobody', 'nobody', 'user_not_found'),
  importUserId('named like an inherited member', 'hasOwnProperty', 'user_not_found'),
  importUserId('with SQL', "bare' or '1'='1", 'user_not_found'),
  importUserId('with another case', 'BARE', 'user_not_found'),
  imports('the same user twice', { list: [GOOD, GOOD] }, { reason: 'duplicate_user' }),
  imports('a good item before a bad one', { list: [GOOD, { userId: 'victim', otp: {} }] }, { reason: 'missing' }),
  importOtp('otp null', null, 'missing'),
  importOtp('otp a text', SEED, 'wrong_type'),
  importOtp('otp a list', [SEED], 'wrong_type'),
  importOtp('otp empty', {}, 'missing'),
  importOtp('otp with a misspelt member', { secret: SEED, recoverycode: CODE }, 'unknown_field'),
  importOtp('otp with a secret for a name', { secret: SEED, [SEED]: CODE }, 'unknown_field'),
];

const SECRETS: BadRequest[] = [
  importSecret('null', null, 'missing'),
  importSecret('a number', 1234567890123456, 'wrong_type'),
  importSecret('true', true, 'wrong_type'),
  importSecret('a list', [SEED], 'wrong_type'),
  importSecret('an object', { base32: SEED }, 'wrong_type'),
  importSecret('empty', '', 'empty'),
  importSecret('of spaces', '    ', 'empty'),
  importSecret('of padding', '========', 'empty'),
  importSecret('with a 1', `${SEED.slice(0, -1)}1`, 'not_base32'),
  importSecret('with an 8', `8${SEED.slice(1)}`, 'not_base32'),
  importSecret('with a 0', `${SEED}0`, 'not_base32'),
  importSecret('with a 9', `${SEED}9`, 'not_base32'),
  importSecret('with padding inside', `${SEED.slice(0, 16)}=${SEED.slice(16)}`, 'not_base32'),
  importSecret('with an accent', `${SEED}É`, 'not_base32'),
  importSecret('with full-width letters', `${SEED}ＡＢ`, 'not_base32'),
  importSecret('with an emoji', `${SEED}🍣`, 'not_base32'),
  importSecret('with NUL', `${SEED}\u0000`, 'not_base32'),
  importSecret('with half a surrogate pair', `${SEED}\udfff`, 'not_base32'),
  importSecret('in hex', plantedSeedBytes(900).toString('hex'), 'not_base32'),
  importSecret('in base64', plantedSeedBytes(900).toString('base64'), 'not_base32'),
  importSecret('as a key URI', `otpauth://totp/x?secret=${SEED}`, 'not_base32'),
  importSecret('of a length that base32 never has', `${SEED}A`, 'truncated'),
  importSecret('of 40 bits', SEED.slice(0, 8), 'too_short'),
  importSecret('of 72 bits', SEED.slice(0, 15), 'too_short'),
  importSecret('of 1120 bits', SEED.repeat(7), 'too_long'),
  importSecret('of 1 MB', SEED.repeat(32_000), 'too_long'),
  importOtp('recovery code a number', { ...OTP, recoveryCode: 123456 }, 'wrong_type'),
  importOtp('recovery code empty', { ...OTP, recoveryCode: '' }, 'empty'),
  importOtp('recovery code of hyphens', { ...OTP, recoveryCode: '- - -' }, 'empty'),
  importOtp('recovery code short', { ...OTP, recoveryCode: 'ab-cd' }, 'too_short'),
  importOtp('recovery code long', { ...OTP, recoveryCode: CODE.repeat(5) }, 'too_long'),
  importOtp('recovery codes a text', { secret: SEED, recoveryCodes: CODE }, 'wrong_type'),
  importOtp('recovery codes with null', { secret: SEED, recoveryCodes: [CODE, null] }, 'wrong_type'),
  importOtp('a recovery code twice', { ...OTP, recoveryCodes: [CODE.toUpperCase()] }, 'code_given_twice'),
  importOtp('101 recovery codes', { secret: SEED, recoveryCodes: codes(101) }, 'too_many_codes'),
  importOtp('digits 5', { ...OTP, digits: 5 }, 'digits_out_of_range'),
  importOtp('digits 9', { ...OTP, digits: 9 }, 'digits_out_of_range'),
  importOtp('digits a text', { ...OTP, digits: '6' }, 'digits_out_of_range'),
  importOtp('digits 6.5', { ...OTP, digits: 6.5 }, 'digits_out_of_range'),
  importOtp('period 0', { ...OTP, period: 0 }, 'period_out_of_range'),
  importOtp('period -30', { ...OTP, period: -30 }, 'period_out_of_range'),
  importOtp('period 301', { ...OTP, period: 301 }, 'period_out_of_range'),
  importOtp('period a text', { ...OTP, period: '30' }, 'period_out_of_range'),
  importOtp('algorithm MD5', { ...OTP, algorithm: 'MD5' }, 'unsupported_algorithm'),
  importOtp('algorithm empty', { ...OTP, algorithm: '' }, 'unsupported_algorithm'),
  importOtp('algorithm a number', { ...OTP, algorithm: 1 }, 'wrong_type'),
  imports('digits beyond every number', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}","digits":1e999}}]}`, {
    reason: 'digits_out_of_range',
  }),
];

const LISTS: BadRequest[] = [
  imports('no members', {}),
  imports('list null', { list: null }),
  imports('list empty', { list: [] }),
  imports('list a text', { list: SEED }),
  imports('list a number', { list: 1 }),
  imports('list an object', { list: { 0: GOOD, length: 1 } }),
  imports('an unknown member beside the list', { list: [GOOD], dryRun: true }),
  imports('options a text', { list: [GOOD], options: 'dryRun' }),
  imports('options a list', { list: [GOOD], options: [] }),
  imports('options unknown', { list: [GOOD], options: { dry_run: true } }),
  imports('onExisting unknown', { list: [GOOD], options: { onExisting: 'merge' } }),
  imports('dryRun a text', { list: [GOOD], options: { dryRun: 'true' } }),
  imports('createMissingUsers a number', { list: [GOOD], options: { createMissingUsers: 1 } }),
];

const JSON_TEXTS: BadRequest[] = [
  imports('body empty', ''),
  imports('body of spaces', '   '),
  imports('body null', 'null'),
  imports('body a list', JSON.stringify([GOOD])),
  imports('body a text', JSON.stringify(SEED)),
  imports('body a number', '1'),
  imports('JSON truncated', JSON.stringify({ list: [GOOD] }).slice(0, -3)),
  imports('JSON truncated inside a secret', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}`),
  imports('JSON with a comma too many', `{"list":[${JSON.stringify(GOOD)},]}`),
  imports('JSON with single quotes', `{'list':[{'userId':'bare','otp':{'secret':'${SEED}'}}]}`),
  imports('JSON with a comment', `{"list":[${JSON.stringify(GOOD)}]/* ${SEED} */}`),
  imports('JSON with NaN', `{"list":[NaN],"x":"${SEED}"}`),
  imports('JSON twice', `${JSON.stringify({ list: [GOOD] })}${JSON.stringify({ list: [GOOD] })}`),
  imports('JSON after a byte order mark', `\ufeff${JSON.stringify({ list: [GOOD] })}`),
  imports('JSON in UTF-16', Buffer.from(JSON.stringify({ list: [GOOD] }), 'utf16le')),
  imports('a line feed inside a text', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}\n"}}]}`),
  imports('NUL inside a text', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}\0"}}]}`),
  imports('invalid UTF-8', Buffer.concat([Buffer.from(`{"list":"${SEED}`), Buffer.from([0xff, 0x22, 0x7d])])),
  imports('overlong UTF-8', Buffer.concat([Buffer.from('{"list":"'), Buffer.from([0xc0, 0x80, 0x22, 0x7d])])),
  imports(
    'a surrogate in UTF-8',
    Buffer.concat([Buffer.from('{"list":"'), Buffer.from([0xed, 0xa0, 0x80, 0x22, 0x7d])]),
  ),
  imports('100,000 lists inside each other', `{"list":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
  imports('100,000 lists, never closed', `{"list":${'['.repeat(DEEP)}`),
  imports('100,000 objects inside each other', `{"list":[${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}]}`),
  imports(
    '100,000 objects beside the list',
    `{"list":[${JSON.stringify(GOOD)}],"x":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
  ),
  imports('the same member twice', `{"list":[],"list":[${JSON.stringify(GOOD)}]}`),
  imports('the same member twice, once escaped', `{"list":[],"\\u006cist":[${JSON.stringify(GOOD)}]}`),
  imports('__proto__ at the top', `{"__proto__":{"list":[]},"list":[${JSON.stringify(GOOD)}]}`),
  imports('__proto__ in an item', `{"list":[{"userId":"bare","__proto__":{"otp":{"secret":"${SEED}"}}}]}`),
  imports('__proto__ in otp', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}","__proto__":{"digits":8}}}]}`),
  imports('__proto__ escaped', `{"list":[${JSON.stringify(GOOD)}],"\\u005f\\u005fproto\\u005f\\u005f":{"x":1}}`),
  imports('__proto__ half escaped', `{"list":[${JSON.stringify(GOOD)}],"__pr\\u006fto__":{"x":1}}`),
  imports('constructor.prototype', `{"list":[${JSON.stringify(GOOD)}],"constructor":{"prototype":{"x":1}}}`),
  imports(
    'constructor.prototype escaped',
    `{"list":[${JSON.stringify(GOOD)}],"constr\\u0075ctor":{"prototype":{"x":1}}}`,
  ),
  post(
    'create-user with __proto__ in customData',
    '/api/v3/create-user',
    '{"username":"x","customData":{"__proto__":{"x":1}}}',
  ),
];

const CONTENT: BadRequest[] = [
  imports('no content type', { list: [GOOD] }, { omit: ['content-type'] }),
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    '*/*',
  ].map((type) =>
    imports(`content type ${type}`, { list: [GOOD] }, { headers: [['Content-Type', type]], omit: ['content-type'] }),
  ),
  ...['gbk', 'utf-16', 'iso-8859-1', '"', ''].map((charset) =>
    imports(
      `charset=${charset}`,
      { list: [GOOD] },
      {
        headers: [['Content-Type', `application/json; charset=${charset}`]],
        omit: ['content-type'],
      },
    ),
  ),
  imports('content encoding gzip', gzipSync(JSON.stringify({ list: [GOOD] })), {
    headers: [['Content-Encoding', 'gzip']],
  }),
  imports('content encoding gzip without being so', { list: [GOOD] }, { headers: [['Content-Encoding', 'gzip']] }),
  imports('content encoding br', { list: [GOOD] }, { headers: [['Content-Encoding', 'br']] }),
  post('a body over 1 MiB', '/api/v3/create-user', { username: 'x'.repeat(1024 * 1024) }, { statusCode: 413 }),
  post('a content length of 10 GB', '/api/v3/create-user', '{}', {
    headers: [['Content-Length', '10000000000']],
    omit: ['content-length'],
    statusCode: 413,
  }),
];

const HTTP: BadRequest[] = [
  imports('two Authorization headers', { list: [GOOD] }, { headers: [['Authorization', 'Bearer x']] }),
  imports('no Authorization header', { list: [GOOD] }, { omit: ['authorization'], statusCode: 401 }),
  imports(
    'Authorization empty',
    { list: [GOOD] },
    { omit: ['authorization'], headers: [['Authorization', '']], statusCode: 401 },
  ),
  imports(
    'Authorization of another scheme',
    { list: [GOOD] },
    {
      omit: ['authorization'],
      headers: [['Authorization', `Basic ${Buffer.from('a:b').toString('base64')}`]],
      statusCode: 401,
    },
  ),
  imports(
    'a token of 10 kB',
    { list: [GOOD] },
    {
      omit: ['authorization'],
      headers: [['Authorization', `Bearer ${'a'.repeat(10_000)}`]],
      statusCode: 401,
    },
  ),
  imports(
    'a signature without a colon',
    { list: [GOOD] },
    {
      omit: ['authorization'],
      headers: [['Authorization', 'authing abc']],
      statusCode: 401,
    },
  ),
  imports('two different content lengths', { list: [GOOD] }, { headers: [['Content-Length', '5']], http: 400 }),
  imports('content length and chunks', { list: [GOOD] }, { headers: [['Transfer-Encoding', 'chunked']], http: 400 }),
  imports('a negative content length', '{}', {
    headers: [['Content-Length', '-1']],
    omit: ['content-length'],
    http: 400,
  }),
  imports('a content length in words', '{}', {
    headers: [['Content-Length', 'two']],
    omit: ['content-length'],
    http: 400,
  }),
  imports('an unknown transfer encoding', '{}', {
    headers: [['Transfer-Encoding', 'gzip']],
    omit: ['content-length'],
    http: 400,
  }),
  imports('a chunk size that is none', 'zz\r\n{}\r\n0\r\n\r\n', {
    headers: [['Transfer-Encoding', 'chunked']],
    omit: ['content-length'],
    http: 400,
  }),
  imports('a chunked body that breaks off', `ffff\r\n{"list":[{"userId":"bare","otp":{"secret":"${SEED}"`, {
    headers: [['Transfer-Encoding', 'chunked']],
    omit: ['content-length'],
    breakOff: true,
    http: 400,
  }),
  imports('a body shorter than its length', `{"list":[{"userId":"bare","otp":{"secret":"${SEED}"`, {
    headers: [['Content-Length', '100000']],
    omit: ['content-length'],
    breakOff: true,
    http: 400,
  }),
  imports('a header of 20 kB', { list: [GOOD] }, { headers: [['X-Long', 'x'.repeat(20_000)]], http: 400 }),
  imports(
    '2,000 headers',
    { list: [GOOD] },
    {
      headers: Array.from({ length: 2_000 }, (_, index) => [`X-${index}`, '1234567890'] as const),
      http: 400,
    },
  ),
  imports('a header with a control character', { list: [GOOD] }, { headers: [['X-Bad', 'a\u0001b']], http: 400 }),
  imports('a header name with a space', { list: [GOOD] }, { headers: [['X Bad', 'a']], http: 400 }),
  imports('no Host', { list: [] }, { omit: ['host'], http: [200, 400] }),
  imports('two Hosts', { list: [] }, { headers: [['Host', 'elsewhere']] }),
  imports('an expectation that cannot be met', { list: [] }, { headers: [['Expect', 'the-unexpected']], http: 400 }),
  imports('Expect: 100-continue', { list: [] }, { headers: [['Expect', '100-continue']] }),
  imports(
    'an upgrade',
    { list: [] },
    {
      headers: [
        ['Connection', 'upgrade'],
        ['Upgrade', 'websocket'],
      ],
    },
  ),
  imports('a first line that is none', '', { line: 'hello', http: 400 }),
  imports('HTTP/9.9', '', { line: 'POST /api/v3/import-otp HTTP/9.9', http: 400 }),
  imports('the preface of HTTP/2', '', { line: 'PRI * HTTP/2.0', http: 400 }),
  imports('an invented method', '{}', { line: 'STEAL /api/v3/import-otp HTTP/1.1', http: 400 }),
  get('a path that cannot be decoded', '/api/v3/%zz', { http: 200 }),
  get('a path with NUL', '/api/v3/get-user%00', { statusCode: 404 }),
  get('a path outside', '/api/v3/../../etc/passwd', { statusCode: 404 }),
  get('a path outside, escaped', '/api/v3/%2e%2e/%2e%2e/etc/passwd', { statusCode: 404 }),
  get('an unknown endpoint of v3', '/api/v3/get-everything', { statusCode: 404 }),
  get('an unknown endpoint of v1', '/api/v1/get-everything', { http: 404, statusCode: 404 }),
  get('an unknown page', '/wp-admin.php', { http: 404, statusCode: 404 }),
  get('a path of 15 kB', `/api/v3/${'x'.repeat(15_000)}`, { statusCode: 404 }),
  get('a query of 100 kB', `/api/v3/get-user?userId=${'x'.repeat(100_000)}`, { http: 400 }),
  get('GET where POST is needed', IMPORT, { statusCode: 404 }),
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) =>
    imports(`${method} where POST is needed`, { list: [GOOD] }, { method, statusCode: 404 } as Extra),
  ),
  get('a body on GET', '/api/v3/get-user?userId=victim', { body: JSON.stringify({ list: [GOOD] }), statusCode: 200 }),
  get('a body on GET that is no JSON', '/api/v3/get-user', { body: `secret=${SEED}` }),
];

const QUERIES: BadRequest[] = [
  get('no user id', '/api/v3/get-user'),
  get('an empty user id', '/api/v3/get-user?userId='),
  get('a user id with NUL', '/api/v3/get-user?userId=victim%00'),
  get('a user id with NUL alone', '/api/v3/get-otp-secret-by-user?userId=%00'),
  get('a user id with invalid UTF-8', '/api/v3/get-user?userId=%ff%fe', { statusCode: 404 }),
  get('a user id with half a surrogate pair', '/api/v3/get-user?userId=%ed%a0%80', { statusCode: 404 }),
  get('a user id with bad percent-encoding', '/api/v3/get-user?userId=%zz', { statusCode: 404 }),
  get('a user id of 513 characters', `/api/v3/get-user?userId=${'x'.repeat(513)}`),
  get('a userIdType that is none', '/api/v3/get-user?userId=victim&userIdType=password'),
  get('a userIdType named like an inherited member', '/api/v3/get-user?userId=victim&userIdType=constructor'),
  get('parameters named like inherited members', '/api/v3/get-user?__proto__=x&constructor=y&toString=z'),
  get('a flag that is none', '/api/v3/get-user?userId=victim&withCustomData=yes'),
  get('51 user ids', `/api/v3/get-user-batch?${'userIds=x&'.repeat(51)}`),
  get('no user ids', '/api/v3/get-user-batch'),
  get('a NUL among user ids', '/api/v3/get-user-batch?userIds[]=victim&userIds[]=%00'),
  ...[
    'page=0',
    'page=-1',
    'page=1.5',
    'page=abc',
    'page=1e3',
    'page=99999999999999999999',
    'limit=0',
    'limit=51',
    'limit=-5',
  ].map((query) => get(`list-users ${query}`, `/api/v3/list-users?${query}`)),
  get('a status that is none', '/api/v3/list-users?status=Happy'),
  get('a time that is none', '/api/v3/list-users?updatedAtStart=yesterday'),
  get('the secret of nobody', '/api/v3/get-otp-secret-by-user?userId=nobody', { statusCode: 404 }),
  get('the secret of a user without OTP', '/api/v3/get-otp-secret-by-user?userId=bare', { statusCode: 404 }),
  get('an access key that does not exist', '/api/v3/get-access-key?accessKeyId=x', { statusCode: 404 }),
];

const LIST_USERS = '/api/v3/list-users';
const CREATE = '/api/v3/create-user';
const BODIES: BadRequest[] = [
  post('keywords a number', LIST_USERS, { keywords: 1 }),
  post('keywords with NUL', LIST_USERS, { keywords: '\u0000' }),
  post('keywords with half a surrogate pair', LIST_USERS, { keywords: '\ud800' }),
  post('keywords of 257 characters', LIST_USERS, { keywords: 'x'.repeat(257) }),
  post('a negative page', LIST_USERS, { options: { pagination: { page: -1 } } }),
  post('a page beyond every number', LIST_USERS, '{"options":{"pagination":{"page":1e999}}}'),
  post('a page that is a text', LIST_USERS, { options: { pagination: { page: '1' } } }),
  post('an order that is none', LIST_USERS, { options: { sort: [{ field: 'createdAt', order: 'up' }] } }),
  post(
    'a sort by SQL',
    LIST_USERS,
    { options: { sort: [{ field: 'user_id;--', order: 'asc' }] } },
    { statusCode: 501 },
  ),
  post(
    'a sort by an inherited name',
    LIST_USERS,
    { options: { sort: [{ field: 'constructor', order: 'asc' }] } },
    { statusCode: 501 },
  ),
  post(
    'a filter on an inherited name',
    LIST_USERS,
    { advancedFilter: [{ field: 'toString', operator: 'EQUAL', value: 'x' }] },
    { statusCode: 501 },
  ),
  post(
    'a filter with a number',
    LIST_USERS,
    { advancedFilter: [{ field: 'id', operator: 'EQUAL', value: 1 }] },
    { statusCode: 501 },
  ),
  post(
    'a filter with an object',
    LIST_USERS,
    { advancedFilter: [{ field: 'id', operator: 'IN', value: [{}] }] },
    { statusCode: 501 },
  ),
  post(
    'a filter with nothing to be among',
    LIST_USERS,
    { advancedFilter: [{ field: 'status', operator: 'IN', value: [] }] },
    { statusCode: [200, 400] },
  ),
  post(
    'a filter with 70,000 values',
    LIST_USERS,
    { advancedFilter: [{ field: 'id', operator: 'IN', value: Array(70_000).fill('x') }] },
    { statusCode: [200, 400] },
  ),
  post(
    'a filter with 70,000 usernames',
    LIST_USERS,
    { advancedFilter: [{ field: 'username', operator: 'IN', value: Array(70_000).fill('x') }] },
    { statusCode: [200, 400] },
  ),
  post('21 filters', LIST_USERS, { advancedFilter: Array(21).fill({ field: 'id', operator: 'EQUAL', value: 'x' }) }),
  post(
    'fuzzySearchOn inherited and invented names',
    LIST_USERS,
    { keywords: 'x', options: { fuzzySearchOn: ['constructor', 'a"b', "a'b", '$.x', 'toString'] } },
    { statusCode: [200, 400, 501] },
  ),
  post('an email that is a number', CREATE, { email: 1 }),
  post('a username of 513 characters', CREATE, { username: 'x'.repeat(513) }),
  post('a name of 4097 characters', CREATE, { name: 'x'.repeat(4097) }),
  post('a gender that is none', CREATE, { gender: 'X' }),
  post('a user status that is none', CREATE, { status: 'Happy' }),
  post('a flag as a text', CREATE, { emailVerified: 'true' }),
  post('tenants that are numbers', CREATE, { tenantIds: [1] }),
  post('custom data that is a text', CREATE, { customData: 'x' }),
  post('custom data that is a list', CREATE, { customData: ['x'] }),
  post('an identity without its ids', CREATE, { identities: [{ provider: 'lark' }] }),
  post('101 identities', CREATE, { identities: Array(101).fill({ extIdpId: 'a', provider: 'b', userIdInIdp: 'c' }) }),
  post('NUL deep in custom data', CREATE, { customData: { a: [{ b: 'x\u0000' }] } }),
  post('NUL in a name of custom data', CREATE, { customData: { 'a\u0000': 1 } }),
  post('half a surrogate pair in custom data', CREATE, { customData: { a: '\ud800' } }),
  post('an otp that is a text', CREATE, { username: 'x', otp: SEED }, { reason: 'wrong_type' }),
  post('an otp with a bad secret', CREATE, { username: 'x', otp: { secret: `${SEED}1` } }, { reason: 'not_base32' }),
  post('51 users', '/api/v3/create-users-batch', { list: Array(51).fill({}) }),
  post('no users', '/api/v3/create-users-batch', { list: [] }),
  post('users that are null', '/api/v3/create-users-batch', { list: [null] }),
  post(
    'two users of one name',
    '/api/v3/create-users-batch',
    { list: [{ username: 'a' }, { username: 'a' }] },
    { statusCode: 409 },
  ),
  post(
    'a second user with an otp of bad shape',
    '/api/v3/create-users-batch',
    { list: [{ username: 'a' }, { otp: [] }] },
    { reason: 'wrong_type' },
  ),
  post('update without a user', '/api/v3/update-user', { name: 'x' }),
  post('update of nobody', '/api/v3/update-user', { userId: 'nobody', name: 'x' }, { statusCode: 404 }),
  post('update by a kind that is none', '/api/v3/update-user', { userId: 'victim', options: { userIdType: 'x' } }),
  post('deletion of 51 users', '/api/v3/delete-users-batch', { userIds: Array(51).fill('victim') }),
  post('deletion of no users', '/api/v3/delete-users-batch', { userIds: [] }),
  post('deletion of null', '/api/v3/delete-users-batch', { userIds: [null] }),
  post(
    'deletion of one and nobody',
    '/api/v3/delete-users-batch',
    { userIds: ['victim', 'nobody'] },
    { statusCode: 404 },
  ),
  post('deletion with NUL', '/api/v3/delete-users-batch', { userIds: ['victim', '\u0000'] }),
  post('existence of nothing', '/api/v3/is-user-exists', {}),
  post('existence of NUL', '/api/v3/is-user-exists', { username: '\u0000' }),
  post('an access key without a type', '/api/v3/create-access-key', {}),
  post('an access key with an invented scope', '/api/v3/create-access-key', { type: 'x', scopes: ['everything'] }),
  post('an access key with a scope for a text', '/api/v3/create-access-key', { type: 'x', scopes: 'all' }),
  post('an access key for 129 characters', '/api/v3/create-access-key', { type: 'x', userId: 'u'.repeat(129) }),
  post('enabling with a text', '/api/v3/update-access-key', { accessKeyId: 'x', enable: 'yes' }),
  post(
    'enabling a key that does not exist',
    '/api/v3/update-access-key',
    { accessKeyId: 'x', enable: true },
    { statusCode: 404 },
  ),
  post('deletion of a key that does not exist', '/api/v3/delete-access-key', { accessKeyId: 'x' }, { statusCode: 404 }),
  post('a token for nothing', '/api/v3/get-management-token', {}),
  post('a token for a number', '/api/v3/get-management-token', { accessKeyId: 1, accessKeySecret: 2 }),
  post(
    'a token for a wrong secret',
    '/api/v3/get-management-token',
    { accessKeyId: 'x', accessKeySecret: SEED },
    { statusCode: 401 },
  ),
  post('verification without a user', '/api/v1/otp/verify', { code: '123456' }),
  post(
    'verification of nobody',
    '/api/v1/otp/verify',
    { userId: 'nobody', code: '123456' },
    { http: 404, statusCode: 404 },
  ),
  post(
    'verification of a user without OTP',
    '/api/v1/otp/verify',
    { userId: 'bare', code: '123456' },
    { http: 404, statusCode: 404 },
  ),
  post('verification of a number', '/api/v1/otp/verify', { userId: 'victim', code: 123456 }),
  post('verification of a list', '/api/v1/otp/verify', { userId: 'victim', code: ['123456'] }),
  post('verification without a code', '/api/v1/otp/verify', { userId: 'victim' }),
  post('verification of a code of 129 characters', '/api/v1/otp/verify', { userId: 'victim', code: '1'.repeat(129) }),
  post('verification with NUL', '/api/v1/otp/verify', { userId: 'victim', code: '12345\u0000' }),
  post('verification by a kind that is none', '/api/v1/otp/verify', {
    userId: 'victim',
    userIdType: 'x',
    code: '123456',
  }),
];

export const BAD_REQUESTS: readonly BadRequest[] = [
  ...ITEMS,
  ...SECRETS,
  ...LISTS,
  ...JSON_TEXTS,
  ...CONTENT,
  ...HTTP,
  ...QUERIES,
  ...BODIES,
];

function codes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => plantedCode(index));
}
