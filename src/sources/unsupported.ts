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
    product: { en: 'Stratum (Authenticator Pro), encrypted', zh: 'Stratum（Authenticator Pro，已加密）' },
    advice: {
      en: 'Back up again without a password, and import that file.',
      zh: '请在备份时不设密码，再导入得到的文件。',
    },
    recognise: ({ bytes }) => /^AUTHENTICATORPRO/i.test(Buffer.from(bytes.subarray(0, 16)).toString('latin1')),
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
    product: { en: 'Keycloak, without its users', zh: 'Keycloak（不含用户）' },
    advice: {
      en: 'It has the settings of a realm. Import the files REALM-users-N.json beside it, or export again with "--users realm_file"; the partial export of the admin console never has users.',
      zh: '其中只有 realm 设置。请导入同目录下的 REALM-users-N.json，或使用“--users realm_file”重新导出；管理控制台的“部分导出”不含用户。',
    },
    recognise: ({ json }) =>
      ['realm', 'enabled', 'sslRequired'].every((path) => json?.paths.has(path)) && json?.paths.has('users') === false,
  },
  {
    product: { en: 'Raivo OTP', zh: 'Raivo OTP' },
    advice: AS_ADDRESSES,
    recognise: hasPaths('*.kind', '*.timer', '*.account', '*.secret'),
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
