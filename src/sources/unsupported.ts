import type { LocalText } from '../language.ts';
import type { Signs } from './source.ts';

/** A file that is known and cannot be read, with what to do instead. */
export interface Unsupported {
  readonly product: LocalText;
  readonly advice: LocalText;
  recognise(signs: Signs): boolean;
}

const AS_ADDRESSES: LocalText = {
  en: 'Export the otpauth:// addresses as plain text instead.',
  zh: '请改为以纯文本导出 otpauth:// 地址。',
};

const ENROL_AGAIN: LocalText = {
  en: 'Its codes are of another kind, so the users have to enrol again.',
  zh: '其验证码属于其他类型，用户需要重新绑定。',
};

/** Asked where no source is sure of a file. */
export const UNSUPPORTED: readonly Unsupported[] = [
  {
    product: { en: 'Steam', zh: 'Steam' },
    advice: ENROL_AGAIN,
    recognise: hasPaths('shared_secret', 'identity_secret'),
  },
  {
    product: { en: 'Authy', zh: 'Authy' },
    advice: {
      en: 'It is the storage of the app, and Authy has no export. The users have to enrol again.',
      zh: '这是应用内部数据，Authy 不提供导出，用户需要重新绑定。',
    },
    recognise: ({ xml, text }) => xml?.name === 'map' && text?.includes('com.authy.') === true,
  },
  {
    product: { en: 'an Android app (its preferences)', zh: 'Android 应用（偏好设置文件）' },
    advice: AS_ADDRESSES,
    recognise: ({ xml }) => xml?.name === 'map' && xml.namespace === '',
  },
  {
    product: { en: 'Proton Authenticator, encrypted', zh: 'Proton Authenticator（已加密）' },
    advice: {
      en: 'Export again without a password, and import the file with the addresses.',
      zh: '请在导出时不设密码，再导入得到的文件。',
    },
    recognise: ({ json }) => isExactly(json?.paths, ['version', 'salt', 'content']),
  },
  {
    product: { en: 'Proton Authenticator', zh: 'Proton Authenticator' },
    advice: AS_ADDRESSES,
    recognise: hasPaths('entries.*.content.uri'),
  },
  {
    product: { en: 'Stratum (Authenticator Pro)', zh: 'Stratum（Authenticator Pro）' },
    advice: {
      en: 'Use Backup > Export > Text file (otpauth:// addresses) instead.',
      zh: '请改用“备份 > 导出 > 文本文件（otpauth:// 地址）”。',
    },
    recognise: (signs) =>
      hasPaths('Authenticators.*.Secret')(signs) || beginsWith(signs, /^(AUTHENTICATORPRO|AuthenticatorPro)/),
  },
  {
    product: { en: 'LastPass Authenticator', zh: 'LastPass Authenticator' },
    advice: AS_ADDRESSES,
    recognise: hasPaths('accounts.*.issuerName', 'accounts.*.secret'),
  },
  {
    product: { en: 'Duo Mobile (its backup)', zh: 'Duo Mobile（备份）' },
    advice: AS_ADDRESSES,
    recognise: hasPaths('*.otpGenerator.otpSecret'),
  },
  {
    product: { en: 'Ente Auth, encrypted', zh: 'Ente Auth（已加密）' },
    advice: {
      en: 'Export as plain text instead: Settings > Data > Export codes > Plain text.',
      zh: '请改为纯文本导出：设置 > 数据 > 导出 > 纯文本。',
    },
    recognise: hasPaths('kdfParams.memLimit', 'encryptedData'),
  },
  {
    product: { en: 'Raivo OTP', zh: 'Raivo OTP' },
    advice: AS_ADDRESSES,
    recognise: hasPaths('*.kind', '*.timer', '*.account', '*.secret'),
  },
  {
    product: { en: 'SafeWord', zh: 'SafeWord' },
    advice: {
      en: 'Ask the vendor for the seeds as PSKC or as CSV (serial, hex key, type, digits).',
      zh: '请向厂商索取 PSKC 或 CSV 格式的种子文件（序列号、十六进制密钥、类型、位数）。',
    },
    recognise: (signs) => beginsWith(signs, /^\s*(# =+ SafeWord|dn: *sccAuthenticatorId=)/i),
  },
  {
    product: { en: 'privacyIDEA, encrypted', zh: 'privacyIDEA（已加密）' },
    advice: {
      en: 'Export with "-f csv" or "-f pskc" instead of "-f pi".',
      zh: '请用“-f csv”或“-f pskc”代替“-f pi”导出。',
    },
    recognise: (signs) => beginsWith(signs, /^\s*gAAAAA[A-Za-z0-9_-]{60}/),
  },
  {
    product: { en: 'an authenticator app, as a web page', zh: '验证器应用（网页格式）' },
    advice: AS_ADDRESSES,
    recognise: (signs) => beginsWith(signs, /^\s*(<!doctype html|<html)/i),
  },
];

/** Whether some member, wherever it stands, has each of these paths. */
function hasPaths(...wanted: readonly string[]): (signs: Signs) => boolean {
  return ({ json }) => {
    if (json === undefined) return false;
    const paths = [...json.paths];
    return wanted.every((path) => paths.some((one) => one === path || one.endsWith(`.${path}`)));
  };
}

function isExactly(paths: ReadonlySet<string> | undefined, wanted: readonly string[]): boolean {
  return paths?.size === wanted.length && wanted.every((path) => paths.has(path));
}

function beginsWith({ text }: Signs, pattern: RegExp): boolean {
  return text !== undefined && pattern.test(text);
}
