import type { LocalText } from '../language.ts';

/** How a failure is told: the v3 `statusCode`, Authing's `apiCode` where it has one, and the sentence. */
export interface ErrorDefinition extends LocalText {
  readonly statusCode: number;
  readonly apiCode?: number;
  /** Met only by whoever starts the program; no answer carries it. */
  readonly startup?: true;
}

/**
 * Every failure of the program. A sentence says what is wrong and how to mend it, and never holds a value that the
 * caller sent, unless that value is known not to be a secret. docs/errors.md is generated from this table.
 */
export const ERRORS = {
  // Requests that cannot be read
  bad_request: {
    statusCode: 400,
    en: 'The request is not well-formed HTTP. Check the headers and the request line.',
    zh: '请求不符合 HTTP 规范，请检查请求行和请求头。',
  },
  route_not_found: {
    statusCode: 404,
    en: 'There is no such endpoint. The ones that exist are listed at /docs.',
    zh: '接口不存在，全部接口见 /docs。',
  },
  content_type: {
    statusCode: 400,
    en: 'Send the body as JSON with the header "Content-Type: application/json".',
    zh: '请以 JSON 发送请求体，并带上请求头“Content-Type: application/json”。',
  },
  body_not_utf8: {
    statusCode: 400,
    en: 'The request body is not valid UTF-8. Encode the JSON as UTF-8 before sending it.',
    zh: '请求体不是合法的 UTF-8，请将 JSON 以 UTF-8 编码后再发送。',
  },
  body_not_json: {
    statusCode: 400,
    en: 'The request body is not a valid JSON object. Check that it is complete and begins with "{".',
    zh: '请求体不是合法的 JSON 对象，请检查其是否完整、是否以“{”开头。',
  },
  body_too_deep: {
    statusCode: 400,
    en: 'The request body is nested more than {limit} levels deep. Flatten it.',
    zh: '请求体的嵌套超过 {limit} 层，请减少层级。',
  },
  body_too_many_members: {
    statusCode: 400,
    en: 'The request body has more than {limit} members at its top level. Leave out what the endpoint does not take.',
    zh: '请求体顶层成员超过 {limit} 个，请去掉接口不需要的成员。',
  },
  body_too_many_containers: {
    statusCode: 400,
    en: 'The request body has more than {limit} objects and lists. Send what the endpoint takes, in smaller parts.',
    zh: '请求体中的对象和列表超过 {limit} 个，请只发送接口所需的数据，或分批发送。',
  },
  body_forbidden_member: {
    statusCode: 400,
    en: 'The request body has a member named "__proto__", "constructor" or "prototype" that would change built-in objects. Remove it.',
    zh: '请求体中含有会篡改内置对象的成员（“__proto__”“constructor”或“prototype”），请删除。',
  },
  body_duplicate_member: {
    statusCode: 400,
    en: 'The request body has the same member twice at its top level. Keep one of them.',
    zh: '请求体顶层有重复的成员，请只保留一个。',
  },
  body_too_large: {
    statusCode: 413,
    en: 'The request body is larger than {limitMiB} MiB, the most that this endpoint takes. Send less at once.',
    zh: '请求体超过该接口的上限 {limitMiB} MiB，请减少单次发送的数据量。',
  },
  import_body_too_large: {
    statusCode: 413,
    en: 'The request body is larger than {limitMiB} MiB. Split the list into several requests, or raise the limit with {setting}.',
    zh: '请求体超过 {limitMiB} MiB。请把列表拆成多次请求，或通过 {setting} 调高上限。',
  },
  list_too_long: {
    statusCode: 413,
    en: 'The list has {count} items; at most {limit} fit into one request. Split it into several requests, or raise the limit with {setting}.',
    zh: '列表有 {count} 项，单次请求最多 {limit} 项。请拆成多次请求，或通过 {setting} 调高上限。',
  },
  invalid_argument: {
    statusCode: 400,
    en: 'The argument "{field}" is not valid: {expected}.',
    zh: '参数“{field}”无效：{expected}。',
  },
  unknown_argument: {
    statusCode: 400,
    en: 'There is a member in {place} that is not known here, perhaps a misspelt one. Known are: {known}.',
    zh: '{place}中有无法识别的成员，可能是拼写错误。可用成员：{known}。',
  },
  // Who is calling
  credentials_missing: {
    statusCode: 401,
    apiCode: 2020,
    en: 'This endpoint needs an access key. Sign the request, or send a management token in the Authorization header.',
    zh: '该接口需要访问密钥。请对请求签名，或在 Authorization 请求头中携带管理令牌。',
  },
  several_authorizations: {
    statusCode: 400,
    en: 'The request has several Authorization headers. Send exactly one.',
    zh: '请求带有多个 Authorization 请求头，请只发送一个。',
  },
  signature_wrong: {
    statusCode: 401,
    apiCode: 1300,
    en: 'The signature does not match the request. Check the access key id, its secret, and that nothing rewrites the request on its way.',
    zh: '签名与请求不符。请检查访问密钥 ID 和 Secret，并确认请求在途中未被改写。',
  },
  signature_method: {
    statusCode: 401,
    apiCode: 1301,
    en: 'The signature method is not supported. Set "x-authing-signature-method" to "HMAC-SHA1".',
    zh: '不支持该签名方法，请将“x-authing-signature-method”设为“HMAC-SHA1”。',
  },
  signature_version: {
    statusCode: 401,
    apiCode: 1302,
    en: 'The signature version is not supported. Set "x-authing-signature-version" to "1.0".',
    zh: '不支持该签名版本，请将“x-authing-signature-version”设为“1.0”。',
  },
  timestamp_unreadable: {
    statusCode: 401,
    apiCode: 1303,
    en: 'The time of the request cannot be read. Send "date" in RFC 1123 form, or "x-authing-date" in milliseconds since 1970.',
    zh: '无法识别请求时间。请以 RFC 1123 格式发送“date”，或以毫秒时间戳发送“x-authing-date”。',
  },
  date_missing: {
    statusCode: 401,
    apiCode: 1304,
    en: 'A signed request must carry its time. Send a "date" or "x-authing-date" header.',
    zh: '签名请求必须携带时间，请发送“date”或“x-authing-date”请求头。',
  },
  clock_skew: {
    statusCode: 401,
    apiCode: 1305,
    en: "The time of the request differs from the server's by more than {limitSeconds} seconds. Set the clock of the calling machine.",
    zh: '请求时间与服务器时间相差超过 {limitSeconds} 秒，请校准调用方的时钟。',
  },
  signature_reused: {
    statusCode: 401,
    apiCode: 1306,
    en: 'A request with this nonce was already received. Make a new nonce and sign again for every request.',
    zh: '该随机数（nonce）已被使用，请为每次请求生成新的随机数并重新签名。',
  },
  token_invalid: {
    statusCode: 401,
    apiCode: 2020,
    en: 'The management token is not valid here. Get a new one from get-management-token.',
    zh: '管理令牌无效，请通过 get-management-token 重新获取。',
  },
  token_expired: {
    statusCode: 401,
    apiCode: 2020,
    en: 'The management token has expired. Get a new one from get-management-token.',
    zh: '管理令牌已过期，请通过 get-management-token 重新获取。',
  },
  wrong_credentials: {
    statusCode: 401,
    apiCode: 2333,
    en: 'Access key id or secret is wrong.',
    zh: '访问密钥 ID 或 Secret 错误。',
  },
  access_key_disabled: {
    statusCode: 403,
    en: 'This access key is disabled. Enable it, or use another one.',
    zh: '该访问密钥已停用，请启用后再试或改用其他密钥。',
  },
  scope_missing: {
    statusCode: 403,
    en: 'This access key lacks the scope "{scope}". Use a key that has it.',
    zh: '该访问密钥没有“{scope}”权限，请使用具备该权限的密钥。',
  },
  pool_mismatch: {
    statusCode: 403,
    apiCode: 2224,
    en: 'The caller does not belong to the user pool named in "x-authing-userpool-id". Leave the header out, or use a key or token of that pool.',
    zh: '调用方不属于“x-authing-userpool-id”所指的用户池。请去掉该请求头，或使用该用户池的密钥或令牌。',
  },
  rate_limited: {
    statusCode: 429,
    en: 'Too many requests. Seconds to wait before the next one: {seconds}.',
    zh: '请求过于频繁，请 {seconds} 秒后重试。',
  },
  access_key_not_found: {
    statusCode: 404,
    en: 'There is no such access key.',
    zh: '访问密钥不存在。',
  },
  scope_not_grantable: {
    statusCode: 403,
    en: 'A key can grant only scopes that it has itself; "{scope}" is not among them.',
    zh: '访问密钥只能授予自身拥有的权限，不包括“{scope}”。',
  },
  user_credentials_missing: {
    statusCode: 401,
    apiCode: 2020,
    en: 'This endpoint is called by a user. Send the user\'s token in the Authorization header, with or without "Bearer"; an access key is not taken here.',
    zh: '该接口由用户本人调用。请在 Authorization 请求头中携带用户的令牌（是否带“Bearer”均可），此处不接受访问密钥。',
  },
  user_token_invalid: {
    statusCode: 401,
    apiCode: 2020,
    en: "The user's token is not valid here. Log in again, or get a new token from /api/v1/mfa-tokens.",
    zh: '用户的令牌无效，请重新登录，或通过 /api/v1/mfa-tokens 重新获取令牌。',
  },
  user_token_expired: {
    statusCode: 401,
    apiCode: 2020,
    en: "The user's token has expired. Log in again, or get a new token from /api/v1/mfa-tokens.",
    zh: '用户的令牌已过期，请重新登录，或通过 /api/v1/mfa-tokens 重新获取令牌。',
  },
  identity_provider_unreachable: {
    statusCode: 503,
    en: "The keys of the OpenID provider cannot be read now, so the user's token cannot be checked. Try again in a moment.",
    zh: '暂时无法读取 OpenID 提供方的密钥，无法校验用户的令牌，请稍后重试。',
  },
  // Users
  user_not_found: {
    statusCode: 404,
    apiCode: 2004,
    en: 'There is no such user. Where the user is named by something other than the user id, say so with the type.',
    zh: '用户不存在。若使用的不是用户 ID，请同时指明标识类型。',
  },
  user_ambiguous: {
    statusCode: 409,
    en: 'Several users match. Name the user by an identifier that only one has.',
    zh: '匹配到多个用户，请使用能唯一确定用户的标识。',
  },
  identifier_taken: {
    statusCode: 409,
    en: 'Another user of this pool already has this {field}.',
    zh: '该用户池中已有其他用户使用此 {field}。',
  },
  conflict: {
    statusCode: 409,
    en: 'Other requests changed the same rows at the same time. Nothing was changed by this one; send it again.',
    zh: '其他请求正在修改相同的数据，本次请求未作任何改动，请重试。',
  },
  not_supported: {
    statusCode: 501,
    en: 'Not supported here: {what}.',
    zh: '暂不支持：{what}。',
  },
  // Import
  import_refused: {
    statusCode: 400,
    en: 'Nothing was imported: {count} of {total} items cannot be accepted. The reasons are in data.errors; mend them and send the list again.',
    zh: '未导入任何数据：共 {total} 项，其中 {count} 项无法接受，原因见 data.errors。请修正后重新提交整个列表。',
  },
  factor_not_found: {
    statusCode: 404,
    en: 'This user has no OTP. Import or enrol one first.',
    zh: '该用户没有 OTP，请先导入或绑定。',
  },
  // Users' own factors
  own_factor_not_found: {
    statusCode: 404,
    en: 'You have no such factor. Those you have are listed by list-enrolled-factors.',
    zh: '您没有该认证要素，已绑定的认证要素见 list-enrolled-factors。',
  },
  factor_exists: {
    statusCode: 409,
    en: 'You have an OTP already. Verify it, remove it with reset-factor, and then enrol the new one.',
    zh: '您已绑定 OTP。请先完成校验并通过 reset-factor 解绑，再绑定新的 OTP。',
  },
  enrolment_invalid: {
    statusCode: 400,
    en: 'This enrolment token is not valid: it is wrong, older than a minute, used, replaced by a newer one, or had too many wrong codes. Begin again with send-enroll-factor-request.',
    zh: 'enrollmentToken 无效：不正确、已超过一分钟、已使用、已被新的请求取代，或验证码错误次数过多。请通过 send-enroll-factor-request 重新发起绑定。',
  },
  factor_not_verified: {
    statusCode: 403,
    apiCode: 1635,
    en: 'A factor can be removed only after it was verified with this very token. Send a code to mfa-totp-verify first.',
    zh: '解绑认证要素前，须先以同一令牌完成校验，请先通过 mfa-totp-verify 提交验证码。',
  },
  // Verification
  code_wrong: {
    statusCode: 400,
    apiCode: 6001,
    en: 'The code is wrong, expired or already used. Wait for the next one and try again.',
    zh: '验证码错误、已过期或已被使用，请等待下一个验证码后重试。',
  },
  recovery_code_wrong: {
    statusCode: 400,
    apiCode: 6002,
    en: 'The recovery code is wrong or already used. Try another one, or a code of the authenticator app.',
    zh: '恢复码错误或已被使用，请换用其他恢复码或身份验证器中的验证码。',
  },
  code_missing: {
    statusCode: 400,
    apiCode: 6003,
    en: 'The code is missing. Send the digits that the authenticator app shows as "{field}".',
    zh: '缺少验证码，请在“{field}”中填写身份验证器显示的数字。',
  },
  verification_throttled: {
    statusCode: 429,
    en: 'Too many wrong codes. Seconds to wait before the next attempt: {seconds}.',
    zh: '验证码错误次数过多，请 {seconds} 秒后重试。',
  },
  factor_locked: {
    statusCode: 403,
    apiCode: 2005,
    en: 'This authenticator is locked after {failures} wrong codes in a row. An administrator has to unlock it.',
    zh: '该身份验证器连续错误 {failures} 次后已被锁定，需由管理员解锁。',
  },
  clock_behind: {
    statusCode: 503,
    en: "The server's clock is {seconds} seconds behind what it showed before, so no code is judged. Set the clock; if it had run ahead and is right now, run: factorport clock reset",
    zh: '服务器时钟比之前慢了 {seconds} 秒，已暂停校验验证码。请校准时钟；若之前的时钟偏快而现在准确，请执行：factorport clock reset',
  },
  // The service itself
  internal: {
    statusCode: 500,
    en: 'Something went wrong on the server. The log names the cause under this request id.',
    zh: '服务器内部错误，可凭该请求 ID 在日志中查找原因。',
  },
  unavailable: {
    statusCode: 503,
    en: 'The service is stopping or its database does not answer. Try again in a moment.',
    zh: '服务正在停止或数据库无响应，请稍后重试。',
  },
  seal_broken: {
    statusCode: 500,
    en: 'A sealed value does not open: its row was changed or moved, or the key ring is not the one it was sealed with. Run "factorport doctor".',
    zh: '密封数据无法解开：数据行被修改或移动，或密钥环不匹配。请运行“factorport doctor”。',
  },
  rotation_under_way: {
    statusCode: 409,
    en: 'A rotation of the seal keys is already under way. Wait until "factorport vault status" says that it is finished.',
    zh: '密封密钥正在轮换中，请等“factorport vault status”显示轮换完成后再试。',
  },
  // Starting up
  setting_invalid: {
    statusCode: 500,
    startup: true,
    en: 'The setting {setting} is not valid: {expected}.',
    zh: '设置项 {setting} 无效：{expected}。',
  },
  not_installed: {
    statusCode: 500,
    startup: true,
    en: 'There is no Factorport data in {path}. Start the service once, or name the right directory with --data-dir.',
    zh: '{path} 中没有 Factorport 数据。请先启动一次服务，或用 --data-dir 指定正确的目录。',
  },
  data_dir_unusable: {
    statusCode: 500,
    startup: true,
    en: 'The data directory {path} cannot be used. It must be a directory that the account of the service can write.',
    zh: '数据目录 {path} 不可用，它必须是运行服务的账户可以写入的目录。',
  },
  database_unreachable: {
    statusCode: 503,
    startup: true,
    en: 'The database cannot be reached: {reason}. Check DATABASE_URL and that the server is running.',
    zh: '无法连接数据库：{reason}。请检查 DATABASE_URL 以及数据库是否在运行。',
  },
  database_unusable: {
    statusCode: 500,
    startup: true,
    en: 'The database file {path} cannot be opened: {reason}. If it is damaged, restore it from a backup.',
    zh: '无法打开数据库文件 {path}：{reason}。若文件已损坏，请从备份恢复。',
  },
  database_newer: {
    statusCode: 500,
    startup: true,
    en: 'The database has schema version {found}, but this program knows only up to {known}. Run the newer program; nothing was changed.',
    zh: '数据库的结构版本为 {found}，而本程序最高只支持 {known}。请使用新版程序，数据未作任何改动。',
  },
  database_not_migrated: {
    statusCode: 500,
    startup: true,
    en: 'The database is not set up. Start the service once, or run "factorport migrate".',
    zh: '数据库尚未初始化，请先启动一次服务，或运行“factorport migrate”。',
  },
  master_key_missing: {
    statusCode: 500,
    startup: true,
    en: 'The database has sealed data, but its master key is not here. Put the key file back at {path}, or set FACTORPORT_MASTER_KEY or FACTORPORT_MASTER_KEY_URI.',
    zh: '数据库中已有密封数据，但找不到主密钥。请将密钥文件放回 {path}，或设置 FACTORPORT_MASTER_KEY 或 FACTORPORT_MASTER_KEY_URI。',
  },
  master_key_malformed: {
    statusCode: 500,
    startup: true,
    en: 'The master key from {source} is not 32 bytes in base64 or hex. Restore it from your backup; for a new installation, make one: openssl rand -base64 32',
    zh: '来自 {source} 的主密钥不是 32 字节的 base64 或十六进制，请从备份恢复；新安装可用 openssl rand -base64 32 生成。',
  },
  master_key_exposed: {
    statusCode: 500,
    startup: true,
    en: 'The master key file {path} can be read by other accounts. Run: chmod 600 {path}',
    zh: '主密钥文件 {path} 可被其他账户读取，请执行：chmod 600 {path}',
  },
  master_key_wrong: {
    statusCode: 500,
    startup: true,
    en: "The master key does not open this database's key ring. Use the key that belongs to this database.",
    zh: '主密钥无法打开该数据库的密钥环，请使用与该数据库对应的主密钥。',
  },
  master_key_client_missing: {
    statusCode: 500,
    startup: true,
    en: 'The master key lies in a key management service whose client is not installed. Run: npm install {package}',
    zh: '主密钥存放在密钥管理服务中，但尚未安装其客户端，请执行：npm install {package}',
  },
  master_key_unreachable: {
    statusCode: 503,
    startup: true,
    en: 'The master key {source} cannot be reached ({reason}). Check the address, the network, and that the service is running and unsealed.',
    zh: '无法访问主密钥 {source}（{reason}）。请检查地址和网络，并确认密钥服务正在运行且已解封。',
  },
  master_key_refused: {
    statusCode: 500,
    startup: true,
    en: 'The key management service refuses to use the master key {source} ({reason}). Check that the key exists and is enabled, the region, and that these credentials may encrypt and decrypt with it.',
    zh: '密钥管理服务拒绝使用主密钥 {source}（{reason}）。请确认密钥存在且已启用、区域正确，并且当前凭证有权用它加密和解密。',
  },
  port_in_use: {
    statusCode: 500,
    startup: true,
    en: 'Port {port} on {host} is taken. Stop what uses it, or choose another with --port (0 picks a free one).',
    zh: '{host} 的端口 {port} 已被占用。请停止占用它的程序，或用 --port 指定其他端口（0 表示自动选择）。',
  },
  cannot_listen: {
    statusCode: 500,
    startup: true,
    en: 'Cannot listen on {host} port {port}: {reason}. Choose others with --host and --port.',
    zh: '无法在 {host} 端口 {port} 上监听：{reason}。请用 --host 和 --port 另行指定。',
  },
  file_unwritable: {
    statusCode: 400,
    startup: true,
    en: 'The file {path} cannot be written: {reason}. Name one that does not exist yet, in a directory that this account may write to.',
    zh: '无法写入文件 {path}：{reason}。请指定尚不存在的文件，并确认当前账户对其目录有写权限。',
  },
  pool_not_found: {
    statusCode: 404,
    apiCode: 2224,
    en: 'There is no such user pool.',
    zh: '用户池不存在。',
  },

  // Files to import
  source_unknown: {
    statusCode: 400,
    en: 'The format of the file is not known. See "factorport sources" for those that are; if it is one of them, name it with --format (API: format).',
    zh: '无法识别文件格式。支持的格式见“factorport sources”；若属于其中之一，请用 --format（API：format）指定。',
  },
  source_ambiguous: {
    statusCode: 400,
    en: 'The file can be of more than one format: {candidates}. Name one with --format (API: format).',
    zh: '文件可能属于多种格式：{candidates}。请用 --format（API：format）指定其一。',
  },
  source_unsupported: {
    statusCode: 400,
    en: 'The file is of {product}, which cannot be read. {advice}',
    zh: '文件来自 {product}，无法读取。{advice}',
  },
  source_not_this_format: {
    statusCode: 400,
    en: 'The file is not of the format "{format}". Leave --format (API: format) out to have it recognised.',
    zh: '文件不是“{format}”格式。去掉 --format（API：format）即可自动识别。',
  },
  source_empty: {
    statusCode: 400,
    en: 'The file is empty.',
    zh: '文件为空。',
  },
  source_damaged: {
    statusCode: 400,
    en: 'The file cannot be read beyond {place}: {what}. Export it again, or mend it there.',
    zh: '文件在{place}之后无法读取：{what}。请重新导出，或修复该处。',
  },
  source_item_too_large: {
    statusCode: 400,
    en: 'Item {item} of the file is larger than {limitKiB} KiB, more than any registration is. Remove it.',
    zh: '文件第 {item} 项超过 {limitKiB} KiB，远大于任何绑定数据，请删除该项。',
  },
  source_too_deep: {
    statusCode: 400,
    en: 'The file is nested more than {limit} levels deep. No export is.',
    zh: '文件嵌套超过 {limit} 层，正常导出不会如此。',
  },
  source_too_large: {
    statusCode: 400,
    en: 'The file, unpacked, exceeds {limit}. Split it, or raise the limit.',
    zh: '文件解压后超过 {limit}。请拆分文件或提高上限。',
  },
  source_archive: {
    statusCode: 400,
    en: 'The archive cannot be used: {what}. Unpack it, and import the one file that holds the registrations.',
    zh: '无法使用该压缩包：{what}。请先解压，再导入其中包含绑定数据的文件。',
  },
  source_pgp: {
    statusCode: 400,
    en: 'The file is encrypted with PGP. Decrypt it first: gpg --decrypt FILE > decrypted, then import that file.',
    zh: '文件已用 PGP 加密。请先解密：gpg --decrypt FILE > decrypted，再导入解密后的文件。',
  },
  source_secret_needed: {
    statusCode: 400,
    en: 'The file is encrypted and needs {what}. Give it with --password-file (API: secret).',
    zh: '文件已加密，需要{what}。请用 --password-file（API：secret）提供。',
  },
  source_secret_wrong: {
    statusCode: 400,
    en: 'The file does not open with what was given. It needs {what}.',
    zh: '所提供的内容无法打开文件，需要{what}。',
  },
  source_private_key: {
    statusCode: 400,
    en: 'The file is encrypted for a private key, which is not supported. Ask the vendor for a file with a pre-shared key or a password.',
    zh: '文件使用私钥加密，不受支持。请向厂商索取使用预共享密钥或密码的文件。',
  },
  source_derivation_limit: {
    statusCode: 400,
    en: 'Opening the file would take {what}, more than the {limit} that is allowed here. Export it again with usual settings.',
    zh: '打开该文件需要{what}，超过此处允许的上限（{limit}）。请使用常规设置重新导出。',
  },
  source_mapping_needed: {
    statusCode: 400,
    en: 'It cannot be told which column holds {what}. Columns: {columns}. Name it with --map (API: mapping).',
    zh: '无法判断哪一列是{what}。现有列：{columns}。请用 --map（API：mapping）指定。',
  },
  source_mapping_unknown: {
    statusCode: 400,
    en: 'The mapping names a column that the table does not have: {column}. Columns: {columns}.',
    zh: '映射中的列不存在：{column}。现有列：{columns}。',
  },
  source_encoding_needed: {
    statusCode: 400,
    en: 'The secrets of the column can be read as {candidates} alike. Say which with --encoding (API: encoding).',
    zh: '该列密钥既可读作{candidates}。请用 --encoding（API：encoding）指定。',
  },
  source_type_needed: {
    statusCode: 400,
    en: 'The file does not say whether its tokens are TOTP or HOTP. Say so with --assume type=totp or type=hotp (API: assume).',
    zh: '文件未说明令牌是 TOTP 还是 HOTP。请用 --assume type=totp 或 type=hotp（API：assume）指定。',
  },
  source_sheets: {
    statusCode: 400,
    en: 'More than one sheet of the workbook holds registrations: {sheets}. Put them into one, or save each as a file of its own.',
    zh: '工作簿中有多个工作表包含绑定数据：{sheets}。请合并到一个工作表，或分别另存为单独的文件。',
  },
  users_file_bad: {
    statusCode: 400,
    en: 'The list of serial numbers and users cannot be used: {what}. It needs two columns, "serial" and a user.',
    zh: '无法使用序列号与用户的对应表：{what}。该表需要“serial”和用户两列。',
  },
  // Import jobs
  import_job_not_found: {
    statusCode: 404,
    en: 'There is no such import job in this pool.',
    zh: '该用户池中没有此导入任务。',
  },
  import_job_state: {
    statusCode: 409,
    en: 'The job is {state}, so this cannot be done now.',
    zh: '任务当前状态为 {state}，无法执行此操作。',
  },
  import_job_expired: {
    statusCode: 409,
    en: 'The uploaded file of the job is no longer here: it is deleted when the job ends, and 24 hours after the upload. Upload it again.',
    zh: '该任务上传的文件已不存在：任务结束时或上传 24 小时后会被删除。请重新上传。',
  },
  resume_options: {
    statusCode: 409,
    en: 'A part of the file has its answer already, with another value of "{option}". Resume with the limits or onExisting changed only, or undo the job and run it again.',
    zh: '文件的一部分已按另一个“{option}”取值处理。继续时只能更改错误上限或 onExisting；否则请先撤销任务再重新运行。',
  },
  import_undo_expired: {
    statusCode: 409,
    en: 'What users had before this job is no longer kept, so it cannot be undone.',
    zh: '该任务执行前的数据已不再保留，无法撤销。',
  },
  idempotency_conflict: {
    statusCode: 409,
    en: 'This idempotency key was used for another upload. Use a new key for a new upload.',
    zh: '该幂等键已用于另一次上传，新的上传请使用新的键。',
  },
  upload_incomplete: {
    statusCode: 400,
    en: 'The upload broke off before its end. Send it again.',
    zh: '上传中断，未完成。请重新上传。',
  },
  upload_needs_token: {
    statusCode: 401,
    en: 'An upload takes a bearer token instead of a signature, which would need the whole file in memory. Get one from /api/v3/get-management-token.',
    zh: '上传文件需使用 Bearer 令牌而非签名（签名需将整个文件读入内存）。请通过 /api/v3/get-management-token 获取令牌。',
  },
  upload_too_large: {
    statusCode: 413,
    en: 'The upload is larger than {limitMiB} MiB. Split the file, compress it, or raise {setting}.',
    zh: '上传文件超过 {limitMiB} MiB。请拆分或压缩文件，或提高 {setting}。',
  },
  upload_interrupted: {
    statusCode: 400,
    en: 'Interrupted. Nothing was imported.',
    zh: '已中断，未导入任何内容。',
  },
  upload_unreadable: {
    statusCode: 500,
    en: 'The stored upload cannot be read any more: it was changed or is incomplete. Upload the file again.',
    zh: '已保存的上传文件无法读取：可能被改动或不完整。请重新上传。',
  },
  upload_no_space: {
    statusCode: 507,
    en: 'The disk of the server has no room for the upload. Make room in its data directory, or compress the file, and upload it again.',
    zh: '服务器磁盘空间不足，无法保存上传文件。请清理其数据目录或压缩文件后重新上传。',
  },
  // Files that are written
  interrupted: {
    statusCode: 400,
    en: 'Interrupted. No file was written.',
    zh: '已中断，未生成文件。',
  },
  file_unreadable: {
    statusCode: 400,
    en: 'The file {path} cannot be read: {reason}.',
    zh: '无法读取文件 {path}：{reason}。',
  },
  export_reveals: {
    statusCode: 400,
    en: 'The format {format} holds the seeds in clear. If that is meant, add --reveal-secrets (API: "revealSecrets": true); "pskc" is encrypted with a password.',
    zh: '{format} 格式会以明文写出密钥。如确需如此，请加上 --reveal-secrets（API：“revealSecrets”: true）；“pskc”格式使用密码加密。',
  },
  export_password: {
    statusCode: 400,
    en: 'The export is encrypted with a password of at least {minimum} characters. Give it with --password-file FILE, or at a terminal when asked (API: "password").',
    zh: '导出文件使用密码加密，密码至少 {minimum} 个字符。请用 --password-file 指定文件，或在终端按提示输入（API：“password”）。',
  },
  export_not_encrypted: {
    statusCode: 400,
    en: 'A password was given, and the format {format} cannot be encrypted. Leave the password out, or export "pskc".',
    zh: '提供了密码，但 {format} 格式无法加密。请去掉密码，或改用“pskc”格式。',
  },
  export_incomplete: {
    statusCode: 500,
    en: 'The export lacks {count} users: the seal does not open, or the format cannot hold the user id. The audit event otp.export-end names them.',
    zh: '导出缺少 {count} 个用户：密封数据无法解开，或该格式无法表示其用户 ID。审计事件 otp.export-end 列出了这些用户。',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;
