import { resolve } from 'node:path';
import type { LocalText } from './language.ts';
import { isTrustworthyUrl } from './trustworthy-url.ts';
import { USER_ID_TYPES, type UserIdType } from './users/identifiers.ts';
import { parseKeyUri } from './vault/master-key/uri.ts';

/** What the program can be told, by flag or environment. docs/settings.md and `serve --help` are made from {@link SETTINGS}. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** The master key itself, where it does not come from the file in the data directory. */
  readonly masterKey: string | undefined;
  /** Where the master key is, if in a key management service. */
  readonly masterKeyUri: string | undefined;
  /** The master key before a change, for as long as the change takes. */
  readonly masterKeyPrevious: string | undefined;
  readonly masterKeyUriPrevious: string | undefined;
  /** HashiCorp Vault, where a master key is there: by the names that its own tools use. */
  readonly vaultAddress: string | undefined;
  readonly vaultToken: string | undefined;
  readonly vaultNamespace: string | undefined;
  readonly clockSkewSeconds: number;
  readonly verifyWindowSteps: number;
  readonly hotpLookAhead: number;
  readonly importMaxItems: number;
  readonly importMaxMiB: number;
  /** Where uploads of import jobs are kept, sealed; `undefined`: in the data directory. */
  readonly uploadDir: string | undefined;
  readonly uploadMaxMiB: number;
  /** For how long it is kept what users had before an import job. */
  readonly undoDays: number;
  /** Requests a second by one access key; 0: any number. */
  readonly rateLimitPerKey: number;
  /** Requests a minute by callers of one address who have not proven an access key; 0: any number. */
  readonly rateLimitPerAddress: number;
  readonly logLevel: string;
  readonly trustProxy: boolean;
  readonly shutdownSeconds: number;
  /** 0: for ever. */
  readonly auditRetentionDays: number;
  /** Shown by authenticator apps beside the codes of factors enrolled here. */
  readonly issuerName: string;
  /** The company's own OpenID provider, whose access tokens users bring; `undefined`: none. */
  readonly oidcIssuer: string | undefined;
  /** Present where the issuer is. */
  readonly oidcAudience: string | undefined;
  readonly oidcUserClaim: string;
  readonly oidcUserIdType: UserIdType;
}

export interface Setting extends LocalText {
  readonly environment: string;
  /** Absent for the master key, which must not stand in the list of processes. */
  readonly flag?: string;
  readonly default?: string;
  /** What a value must be, for the error. */
  readonly expected: LocalText;
  parse(text: string): unknown;
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'];

export const SETTINGS: { readonly [Name in keyof Config]: Setting } = {
  port: {
    environment: 'FACTORPORT_PORT',
    flag: 'port',
    default: '8787',
    en: 'Port to listen on; 0 picks a free one.',
    zh: '监听端口，0 表示自动选择空闲端口。',
    ...wholeNumber(0, 65535),
  },
  host: {
    environment: 'FACTORPORT_HOST',
    flag: 'host',
    default: '127.0.0.1',
    en: 'Address to listen on; 0.0.0.0 for all addresses of this machine.',
    zh: '监听地址，0.0.0.0 表示本机所有地址。',
    ...text(),
  },
  dataDir: {
    environment: 'FACTORPORT_DATA_DIR',
    flag: 'data-dir',
    default: 'data',
    en: 'Directory of the master key and the embedded database.',
    zh: '存放主密钥和内嵌数据库的目录。',
    ...text(),
    parse: (value) => resolve(value),
  },
  databaseUrl: {
    environment: 'DATABASE_URL',
    flag: 'database-url',
    en: 'PostgreSQL to use instead of the embedded database: postgres://user:password@host:5432/name.',
    zh: '使用 PostgreSQL 代替内嵌数据库：postgres://user:password@host:5432/name。',
    expected: {
      en: 'it must be a URL that begins with postgres:// or postgresql://',
      zh: '应为以 postgres:// 或 postgresql:// 开头的合法 URL',
    },
    parse: (value) => (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
  },
  masterKey: {
    environment: 'FACTORPORT_MASTER_KEY',
    en: 'Master key, 32 bytes in base64 or hex, instead of the file "master.key" in the data directory.',
    zh: '主密钥（32 字节，base64 或十六进制），用以代替数据目录中的“master.key”文件。',
    ...text(),
  },
  masterKeyUri: {
    environment: 'FACTORPORT_MASTER_KEY_URI',
    en: 'Master key in AWS KMS (awskms:///alias/NAME?region=REGION) or in the Transit engine of HashiCorp Vault (hashivault://NAME).',
    zh: '位于 AWS KMS（awskms:///alias/NAME?region=REGION）或 HashiCorp Vault Transit 引擎（hashivault://NAME）中的主密钥。',
    ...keyUri(),
  },
  masterKeyPrevious: {
    environment: 'FACTORPORT_MASTER_KEY_PREVIOUS',
    en: 'While the master key is being changed: the one before, in base64 or hex.',
    zh: '更换主密钥期间使用：原主密钥（base64 或十六进制）。',
    ...text(),
  },
  masterKeyUriPrevious: {
    environment: 'FACTORPORT_MASTER_KEY_URI_PREVIOUS',
    en: 'While the master key is being changed: where the one before is.',
    zh: '更换主密钥期间使用：原主密钥的 URI。',
    ...keyUri(),
  },
  vaultAddress: {
    environment: 'VAULT_ADDR',
    en: 'Address of HashiCorp Vault, for a master key there.',
    zh: 'HashiCorp Vault 的地址，主密钥位于其中时使用。',
    expected: {
      en: 'it must be a URL that begins with https:// or http://',
      zh: '应为以 https:// 或 http:// 开头的 URL',
    },
    parse: (value) => (/^https?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
  },
  vaultToken: {
    environment: 'VAULT_TOKEN',
    en: 'Token for HashiCorp Vault; it must be allowed to encrypt and decrypt with the key.',
    zh: '访问 HashiCorp Vault 的令牌，须有权用该密钥加密和解密。',
    ...text(),
  },
  vaultNamespace: {
    environment: 'VAULT_NAMESPACE',
    en: 'Namespace in HashiCorp Vault, where there is one.',
    zh: 'HashiCorp Vault 的命名空间（如有）。',
    ...text(),
  },
  clockSkewSeconds: {
    environment: 'FACTORPORT_CLOCK_SKEW_SECONDS',
    flag: 'clock-skew-seconds',
    default: '300',
    en: "By how much the time of a signed request may differ from the server's.",
    zh: '签名请求的时间与服务器时间允许的最大偏差（秒）。',
    ...wholeNumber(1, 86_400),
  },
  verifyWindowSteps: {
    environment: 'FACTORPORT_VERIFY_WINDOW_STEPS',
    flag: 'verify-window-steps',
    default: '1',
    en: 'Time steps accepted before and after the expected one: 0, 1 or 2.',
    zh: '预期时间步前后允许的步数：0、1 或 2。',
    ...wholeNumber(0, 2),
  },
  hotpLookAhead: {
    environment: 'FACTORPORT_HOTP_LOOK_AHEAD',
    flag: 'hotp-look-ahead',
    default: '10',
    en: 'How many counters ahead of the expected one a HOTP code may be.',
    zh: 'HOTP 验证码允许超前预期计数器的最大步数。',
    ...wholeNumber(0, 100),
  },
  importMaxItems: {
    environment: 'FACTORPORT_IMPORT_MAX_ITEMS',
    flag: 'import-max-items',
    default: '100000',
    en: 'Longest list that import-otp takes in one request.',
    zh: 'import-otp 单次请求可接受的最大列表长度。',
    ...wholeNumber(1, 1_000_000),
  },
  importMaxMiB: {
    environment: 'FACTORPORT_IMPORT_MAX_MIB',
    flag: 'import-max-mib',
    default: '64',
    en: 'Largest body that import-otp takes, in MiB.',
    zh: 'import-otp 可接受的最大请求体（MiB）。',
    ...wholeNumber(1, 512),
  },
  uploadDir: {
    environment: 'FACTORPORT_UPLOAD_DIR',
    flag: 'upload-dir',
    en: 'Directory of the uploads of import jobs, which are sealed. Default: uploads in the data directory. Several servers on one database need one that they share, so that each can go on with the job of another.',
    zh: '导入任务上传文件的存放目录（文件已密封）。默认为数据目录下的 uploads。多台服务器共用一个数据库时应使用共享目录，以便互相接手任务。',
    ...text(),
    parse: (value) => resolve(value),
  },
  uploadMaxMiB: {
    environment: 'FACTORPORT_UPLOAD_MAX_MIB',
    flag: 'upload-max-mib',
    default: '8192',
    en: 'Largest file that an import job takes, in MiB.',
    zh: '导入任务可接受的最大文件（MiB）。',
    ...wholeNumber(1, 1_048_576),
  },
  undoDays: {
    environment: 'FACTORPORT_UNDO_DAYS',
    flag: 'undo-days',
    default: '30',
    en: 'For how many days after an import job it is kept, sealed, what users had before, so that the job can be undone.',
    zh: '导入任务结束后，用户原有数据（密封）的保留天数，期间可以撤销该任务。',
    ...wholeNumber(0, 3_650),
  },
  rateLimitPerKey: {
    environment: 'FACTORPORT_RATE_LIMIT_PER_KEY',
    flag: 'rate-limit-per-key',
    default: '5000',
    en: 'Requests a second that one access key may make of this process; 0 for any number.',
    zh: '每个访问密钥每秒可向本进程发出的请求数，0 表示不限。',
    ...wholeNumber(0, 1_000_000),
  },
  rateLimitPerAddress: {
    environment: 'FACTORPORT_RATE_LIMIT_PER_ADDRESS',
    flag: 'rate-limit-per-address',
    default: '300',
    en: 'Requests a minute that one address may make of this process without proving an access key; 0 for any number.',
    zh: '每个地址每分钟可向本进程发出的未通过访问密钥验证的请求数，0 表示不限。',
    ...wholeNumber(0, 1_000_000),
  },
  logLevel: {
    environment: 'FACTORPORT_LOG_LEVEL',
    flag: 'log-level',
    default: 'info',
    en: `How much to log: ${LOG_LEVELS.join(', ')}.`,
    zh: `日志级别：${LOG_LEVELS.join('、')}。`,
    expected: { en: `it must be one of ${LOG_LEVELS.join(', ')}`, zh: `应为 ${LOG_LEVELS.join('、')} 之一` },
    parse: (value) => (LOG_LEVELS.includes(value) ? value : undefined),
  },
  trustProxy: {
    environment: 'FACTORPORT_TRUST_PROXY',
    flag: 'trust-proxy',
    default: 'false',
    en: "Take the caller's address from X-Forwarded-For: only behind a proxy that sets it.",
    zh: '从 X-Forwarded-For 读取调用方地址，仅在由反向代理设置该请求头时启用。',
    expected: { en: 'it must be true or false', zh: '应为 true 或 false' },
    parse: (value) => BOOLEANS.get(value),
  },
  shutdownSeconds: {
    environment: 'FACTORPORT_SHUTDOWN_SECONDS',
    flag: 'shutdown-seconds',
    default: '30',
    en: 'How long requests in flight may take to finish after SIGTERM.',
    zh: '收到 SIGTERM 后，等待处理中请求完成的最长时间（秒）。',
    ...wholeNumber(0, 3_600),
  },
  auditRetentionDays: {
    environment: 'FACTORPORT_AUDIT_RETENTION_DAYS',
    flag: 'audit-retention-days',
    default: '0',
    en: 'After how many days audit events are deleted; 0 keeps them for ever.',
    zh: '审计事件的保留天数，超期自动删除；0 表示永久保留。',
    ...wholeNumber(0, 36_500),
  },
  issuerName: {
    environment: 'FACTORPORT_ISSUER_NAME',
    flag: 'issuer-name',
    default: 'Factorport',
    en: 'Name that authenticator apps show beside the codes of factors enrolled here.',
    zh: '在此绑定 OTP 时，身份验证器应用中显示的发行方名称。',
    expected: { en: 'it must be 1 to 64 characters without a colon', zh: '应为 1 至 64 个字符，且不含冒号' },
    parse: (value) => (value.length <= 64 && !value.includes(':') && value.isWellFormed() ? value : undefined),
  },
  oidcIssuer: {
    environment: 'FACTORPORT_OIDC_ISSUER',
    flag: 'oidc-issuer',
    en: 'OpenID provider whose access tokens (JWT) users bring to the user endpoints; without it only tokens of /api/v1/mfa-tokens are taken.',
    zh: '用户调用用户侧接口所用 access token（JWT）的 OpenID 提供方；未设置时仅接受 /api/v1/mfa-tokens 签发的令牌。',
    expected: {
      en: 'it must be the https:// URL that stands in "iss", without query or fragment; http:// is taken only for this machine itself (localhost, 127.0.0.1, [::1])',
      zh: '应为与“iss”一致的 https:// URL，不含查询参数和片段；仅当指向本机（localhost、127.0.0.1、[::1]）时可用 http://',
    },
    parse: (value) => (isTrustworthyUrl(value) && !/[?#]/.test(value) ? value : undefined),
  },
  oidcAudience: {
    environment: 'FACTORPORT_OIDC_AUDIENCE',
    flag: 'oidc-audience',
    en: 'What must stand in "aud" of such a token: the name that this service has at the provider. Required with the provider.',
    zh: '此类令牌的“aud”必须包含的值，即本服务在提供方处的标识。设置提供方时必填。',
    expected: {
      en: 'it must be given together with FACTORPORT_OIDC_ISSUER',
      zh: '应与 FACTORPORT_OIDC_ISSUER 同时设置',
    },
    parse: (value) => value,
  },
  oidcUserClaim: {
    environment: 'FACTORPORT_OIDC_USER_CLAIM',
    flag: 'oidc-user-claim',
    default: 'sub',
    en: 'Claim of such a token that names the user; one that users cannot choose themselves.',
    zh: '此类令牌中标识用户的声明（claim），必须是用户不能自行设置的声明。',
    ...text(),
  },
  oidcUserIdType: {
    environment: 'FACTORPORT_OIDC_USER_ID_TYPE',
    flag: 'oidc-user-id-type',
    default: 'external_id',
    en: `What that claim is here: ${USER_ID_TYPES.join(', ')}.`,
    zh: `该声明在本服务中对应的用户标识类型：${USER_ID_TYPES.join('、')}。`,
    expected: { en: `it must be one of ${USER_ID_TYPES.join(', ')}`, zh: `应为 ${USER_ID_TYPES.join('、')} 之一` },
    parse: (value) => USER_ID_TYPES.find((type) => type === value),
  },
};

function wholeNumber(minimum: number, maximum: number): Pick<Setting, 'parse' | 'expected'> {
  return {
    expected: {
      en: `it must be a whole number from ${minimum} to ${maximum}`,
      zh: `应为 ${minimum} 至 ${maximum} 之间的整数`,
    },
    parse(value) {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : -1;
      return number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

function keyUri(): Pick<Setting, 'parse' | 'expected'> {
  return {
    expected: {
      en: 'it must look like awskms:///alias/NAME?region=REGION, awskms:///ARN or hashivault://NAME',
      zh: '格式应为 awskms:///alias/NAME?region=REGION、awskms:///ARN 或 hashivault://NAME',
    },
    parse: (value) => (parseKeyUri(value) === undefined ? undefined : value),
  };
}

function text(): Pick<Setting, 'parse' | 'expected'> {
  return { expected: { en: 'it must be some text', zh: '应为文本' }, parse: (value) => value };
}
