import type { LocalText } from '../language.ts';

/**
 * Why an item is refused. The sentences name the field's rule and never the value, because a value may be a secret.
 * docs/errors.md is generated from this table.
 */
export const REASONS = {
  not_an_object: {
    en: 'The item must be an object with "userId" and "otp".',
    zh: '该项必须是包含“userId”和“otp”的对象。',
  },
  missing: {
    en: 'The field is required.',
    zh: '该字段必填。',
  },
  wrong_type: {
    en: 'The field has the wrong type. See /docs for the one it needs.',
    zh: '该字段类型不正确，正确类型见 /docs。',
  },
  unknown_field: {
    en: 'The object has a field that is not known here, which may be a misspelt one. Known are: {known}.',
    zh: '对象中有无法识别的字段，可能是拼写错误。可用字段：{known}。',
  },
  bad_user_id: {
    en: 'A user id is 1 to 128 characters of well-formed text without control characters.',
    zh: '用户 ID 应为 1 至 128 个字符的合法文本，且不含控制字符。',
  },
  user_not_found: {
    en: 'There is no such user in this pool. Create the user first, or set options.createMissingUsers.',
    zh: '该用户池中没有此用户。请先创建用户，或设置 options.createMissingUsers。',
  },
  duplicate_user: {
    en: 'The same user stands in the list before. A user has one OTP; keep one of the items.',
    zh: '列表前面已有同一用户。每个用户只能有一个 OTP，请只保留一项。',
  },
  empty: {
    en: 'The field is empty.',
    zh: '该字段为空。',
  },
  not_base32: {
    en: 'The secret is not base32 (A to Z and 2 to 7). If it is hex, base64 or raw bytes, convert it to base32 first; of an otpauth:// address take only the value of "secret".',
    zh: '密钥不是 base32（仅含 A–Z 和 2–7）。若为十六进制、base64 或原始字节，请先转换为 base32；若为 otpauth:// 地址，只取其中 secret 的值。',
  },
  truncated: {
    en: 'The secret has a length that base32 never has, so characters are missing. Export it again.',
    zh: '密钥长度不符合 base32 规则，说明有字符丢失，请重新导出。',
  },
  too_short: {
    en: 'The value is too short: a secret needs at least 80 bits (16 base32 characters), a recovery code at least 6 characters.',
    zh: '值过短：密钥至少需要 80 位（16 个 base32 字符），恢复码至少 6 个字符。',
  },
  too_long: {
    en: 'The value is too long: a secret has at most 1024 bits, a recovery code at most 128 characters.',
    zh: '值过长：密钥最多 1024 位，恢复码最多 128 个字符。',
  },
  unsupported_algorithm: {
    en: 'The algorithm must be SHA1, SHA256 or SHA512.',
    zh: '算法必须是 SHA1、SHA256 或 SHA512。',
  },
  digits_out_of_range: {
    en: 'The number of digits must be 6, 7 or 8.',
    zh: '验证码位数必须是 6、7 或 8。',
  },
  period_out_of_range: {
    en: 'The period must be a whole number of seconds from 5 to 300.',
    zh: '周期必须是 5 至 300 之间的整数秒。',
  },
  unsupported_type: {
    en: 'The type must be totp or hotp.',
    zh: '类型必须是 totp 或 hotp。',
  },
  counter_out_of_range: {
    en: 'The counter must be a whole number from 0 to 2^52.',
    zh: '计数器必须是 0 至 2^52 之间的整数。',
  },
  not_of_this_type: {
    en: 'The field does not go with the type: a TOTP has a period, a HOTP a counter. Correct the type, or leave the field out.',
    zh: '该字段与类型不符：TOTP 使用周期（period），HOTP 使用计数器（counter）。请更正类型或去掉该字段。',
  },
  too_many_codes: {
    en: 'A user can have at most {limit} recovery codes.',
    zh: '每个用户最多 {limit} 个恢复码。',
  },
  code_given_twice: {
    en: 'The same recovery code is given twice for this user. Give each once.',
    zh: '该用户的恢复码重复，请每个只提供一次。',
  },
  factor_exists: {
    en: 'The user already has a different OTP, and options.onExisting is "fail".',
    zh: '该用户已有不同的 OTP，且 options.onExisting 为“fail”。',
  },
} as const satisfies Record<string, LocalText>;

export type Reason = keyof typeof REASONS;
