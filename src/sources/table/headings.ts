import type { OtpType } from '../../otp/parameters.ts';
import type { SecretEncoding, TableField } from '../source.ts';

/** What a heading says. */
export interface Heading {
  readonly field: TableField;
  /** 1 says so without doubt; a higher number gives way to a lower one, as `key` to `totp_secret`. */
  readonly rank: number;
  /** Secrets: how they are written, where the heading says so. */
  readonly encoding?: SecretEncoding;
  /** Secrets: whose they are, where the heading says so, as KeePass's `HmacOtp-Secret`. */
  readonly type?: OtpType;
}

/** Headings without case, spaces and punctuation; the earlier list of a field is the surer one. */
const HEADINGS: Readonly<Record<TableField, readonly string[]>> = {
  user_id: ['userid 用户id 用户编号 账号id 用户标识', 'uid sub subject userpk', 'id'],
  external_id: ['externalid externaluserid extid 外部id 外部用户id 原系统id 工号 employeeid employeenumber'],
  username: [
    'username 用户名 用户名称 登录名 loginname userlogin userprincipalname upn samaccountname preferredusername',
    'login loginusername 账户名 帐户名',
  ],
  email: ['email emailaddress useremail 邮箱 电子邮箱 邮件 电子邮件 邮箱地址', 'mail'],
  phone: ['phone phonenumber mobile mobilephone userphone 手机号 手机 手机号码 电话 电话号码', 'tel telephone'],
  user: ['user 用户', 'account accountname 账号 帐号 账户 帐户', 'owner name 姓名 所有者'],
  serial: ['serial serialnumber serialno tokenserial tokenserialnumber 序列号 令牌序列号 设备序列号', 'sn'],
  secret: [
    'totpsecret otpsecret mfasecret twofactorsecret 2fasecret totpkey otpkey mfakey otpauth otpauthuri otpauthurl logintotp totpuri otpuri totpurl otp密钥 totp密钥 令牌密钥 动态口令密钥 timeotpsecret hmacotpsecret totpseed otpseed',
    'secret secretkey sharedsecret seed secretvalue 密钥 种子 种子密钥 共享密钥 secretbase32 secrethex',
    'key totp otp',
    'hex base32 uri url',
  ],
  recovery_codes: [
    'recoverycode recoverycodes backupcode backupcodes scratchcode scratchcodes 恢复码 备份码 恢复代码 备用码 备用验证码',
  ],
  type: ['type otptype tokentype 类型 令牌类型'],
  algorithm: ['algorithm algo hash hashlib hashalgorithm hashfunction timeotpalgorithm 算法 哈希算法'],
  digits: ['digits otplength codelength otplen otpdigits timeotplength 位数 验证码位数 码长'],
  period: ['period interval timeinterval timestep step timer periodseconds timeotpperiod 周期 时间间隔 步长'],
  counter: ['counter movingfactor hotpcounter hmacotpcounter 计数器 计数'],
  check_code: ['checkcode currentcode verificationcode testcode 校验码 当前验证码 校验验证码'],
};

/** `secret_hex`, `seed (base32)`, `key-b64` */
const WRITTEN = /^(.*?)(base32|b32|hexadecimal|hex|base64|b64|otpauth(?:uri|url)?)$/;
const ENCODINGS: Readonly<Record<string, SecretEncoding>> = {
  base32: 'base32',
  b32: 'base32',
  hexadecimal: 'hex',
  hex: 'hex',
  base64: 'base64',
  b64: 'base64',
  otpauth: 'otpauth',
  otpauthuri: 'otpauth',
  otpauthurl: 'otpauth',
};

const BY_NAME = buildTable();

/** @returns `undefined` where the text is no heading that is known; case, spaces and punctuation do not matter */
export function readHeading(text: string): Heading | undefined {
  const name = normalise(text);
  const known = BY_NAME.get(name);
  const written = WRITTEN.exec(name);
  if (written === null) return known === undefined ? undefined : withType(known, name);
  const encoding = ENCODINGS[written[2] as string] as SecretEncoding;
  const stem = written[1] as string;
  const base = known ?? BY_NAME.get(stem);
  if (base === undefined || base.field !== 'secret') return undefined;
  return withType({ ...base, encoding }, stem);
}

/** A heading as it is compared. */
export function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-.()[\]:/"'*]/g, '');
}

function withType(heading: Heading, name: string): Heading {
  return name.startsWith('hmacotp') && heading.field === 'secret' ? { ...heading, type: 'hotp' } : heading;
}

function buildTable(): ReadonlyMap<string, Heading> {
  const table = new Map<string, Heading>();
  for (const field of Object.keys(HEADINGS) as TableField[]) {
    // The words of our own templates and reports come before all others.
    table.set(normalise(field), { field, rank: 1 });
  }
  for (const [field, ranks] of Object.entries(HEADINGS) as [TableField, readonly string[]][]) {
    ranks.forEach((names, index) => {
      for (const name of names.split(' ')) if (!table.has(name)) table.set(name, { field, rank: index + 1 });
    });
  }
  return table;
}
