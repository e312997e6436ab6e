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
    en: 'There is no such user in this pool. Create the user first, or have missing users created: --create-users (API: createUsers; import-otp: options.createMissingUsers).',
    zh: '该用户池中没有此用户。请先创建用户，或使用 --create-users（API：createUsers；import-otp：options.createMissingUsers）自动创建。',
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
  no_user: {
    en: 'The item does not name its user in the way that users are matched by. Match by another name (--match), add the user, or give a list of serial numbers and users (--users).',
    zh: '该项没有提供匹配所用的用户标识。请换一种标识匹配（--match）、补充用户，或提供序列号与用户的对应表（--users）。',
  },
  serial_unassigned: {
    en: 'The list of assignments has no user for this serial number. Add a row for it.',
    zh: '对应表中没有该序列号的用户，请补充一行。',
  },
  ambiguous_user: {
    en: 'More than one user has this name. Match by something that only one user has.',
    zh: '有多个用户使用该名称，请改用唯一的标识进行匹配。',
  },
  identifier_taken: {
    en: 'The user is missing and cannot be created, because another user already has the same {type}.',
    zh: '该用户不存在且无法创建，因为另一用户已使用相同的 {type}。',
  },
  not_hex: {
    en: 'The secret is not hexadecimal (0 to 9 and A to F, an even number of them).',
    zh: '密钥不是十六进制（仅含 0–9 和 A–F，且字符数为偶数）。',
  },
  not_base64: {
    en: 'The secret is not base64.',
    zh: '密钥不是 base64。',
  },
  not_key_uri: {
    en: 'This is not an otpauth:// address that can be read.',
    zh: '无法识别该 otpauth:// 地址。',
  },
  no_secret: {
    en: 'The item has no secret: the file names the token or the factor and leaves its key out.',
    zh: '该项没有密钥：文件只列出了令牌或验证方式，未包含密钥。',
  },
  masked: {
    en: 'The secret is masked. Export from the database, or with the right to read secrets.',
    zh: '密钥已被遮盖。请从数据库导出，或使用有权读取密钥的账号导出。',
  },
  hashed: {
    en: 'The value is a hash, from which the secret cannot be had. The user has to enrol again.',
    zh: '该值为哈希，无法还原出密钥，用户需要重新绑定。',
  },
  steam: {
    en: 'This is a Steam authenticator, whose codes are letters; it is not a TOTP by RFC 6238. Remove the item.',
    zh: '这是 Steam 令牌，其验证码为字母，不符合 RFC 6238 的 TOTP，请删除该项。',
  },
  motp: {
    en: 'This is a Mobile-OTP (mOTP), which is not an OATH token. The user has to enrol again.',
    zh: '这是 Mobile-OTP（mOTP），不属于 OATH 令牌，用户需要重新绑定。',
  },
  ocra: {
    en: 'This is an OCRA token (RFC 6287), which answers challenges; only TOTP and HOTP can be imported.',
    zh: '这是 OCRA 挑战应答令牌（RFC 6287），仅支持导入 TOTP 和 HOTP。',
  },
  securid: {
    en: 'This is an RSA SecurID token, which is not an OATH token. The user has to enrol again.',
    zh: '这是 RSA SecurID 令牌，不属于 OATH 令牌，用户需要重新绑定。',
  },
  not_oath: {
    en: 'This is no OATH token (TOTP or HOTP). Only these can be imported.',
    zh: '这不是 OATH 令牌（TOTP 或 HOTP），仅支持导入这两种。',
  },
  unconfirmed: {
    en: 'The user never confirmed this authenticator with a code, so it may not be set up. The user has to enrol again.',
    zh: '用户从未用验证码确认过该验证器，可能尚未完成绑定，用户需要重新绑定。',
  },
  disabled: {
    en: 'The factor or token is disabled in the system that it comes from. Enable it there, or leave it out.',
    zh: '该验证方式或令牌在来源系统中已停用。请先在来源系统中启用，或去掉该项。',
  },
  expired: {
    en: 'The token has expired by its own record. Leave it out, or mend the date.',
    zh: '根据记录该令牌已过期。请去掉该项或更正日期。',
  },
  unsupported_token: {
    en: 'The token needs something that is not supported: {what}.',
    zh: '该令牌需要不支持的功能：{what}。',
  },
  clock_offset: {
    en: 'The token counts time from another moment than 1970 (T0), which is not supported.',
    zh: '该令牌的时间起点（T0）不是 1970 年，不受支持。',
  },
  ambiguous_encoding: {
    en: 'The secret can be read in more than one way. Say which with --encoding.',
    zh: '密钥有多种可能的编码，请用 --encoding 指定。',
  },
  spreadsheet_damage: {
    en: 'A spreadsheet has changed this value ({what}). Export again, with the column as text.',
    zh: '该值已被电子表格改变（{what}）。请将该列设为文本后重新导出。',
  },
  row_damaged: {
    en: 'The row or record cannot be read. Check quotes, separators and braces there.',
    zh: '无法读取该行或该记录，请检查其中的引号、分隔符和括号。',
  },
  item_too_large: {
    en: 'The item is larger than {limitKiB} KiB, more than any registration is.',
    zh: '该项超过 {limitKiB} KiB，远大于任何绑定数据。',
  },
  decryption_failed: {
    en: 'The value does not open with the given password or key, or it was changed.',
    zh: '无法用所提供的密码或密钥解开该值，或该值已被改动。',
  },
  mac_missing: {
    en: 'The file declares a MAC and this value has none, so it may have been changed.',
    zh: '文件声明使用 MAC，但该值没有，可能已被改动。',
  },
  mac_wrong: {
    en: 'The MAC of this value is wrong: it was changed, or the password or key is another one.',
    zh: '该值的 MAC 不正确：数据已被改动，或密码、密钥不对。',
  },
  stored_broken: {
    en: 'What is stored for this user already cannot be opened. See "factorport doctor"; reset the factor, then import it again.',
    zh: '该用户已存储的数据无法解开。请运行“factorport doctor”检查，重置该用户的验证方式后再次导入。',
  },
  mac_unsupported: {
    en: 'The value has a MAC by a method that the file does not name or that is not known, so it cannot be checked.',
    zh: '该值带有 MAC，但文件未说明所用方法或该方法未知，无法校验。',
  },
  mac_absent: {
    en: 'The value is encrypted without a MAC, so a wrong password or a changed value may go unnoticed. Prove a code of it.',
    zh: '该值加密但没有 MAC，密码错误或数据被改动可能无法察觉，请先验证一次验证码。',
  },
  usage_limits_lost: {
    en: 'The file limits how long or how often the token may be used. These limits do not come along.',
    zh: '文件限制了该令牌的有效期或使用次数，这些限制不会随之导入。',
  },
  type_missing: {
    en: 'The item does not say whether it is TOTP or HOTP. Say so with --assume type=totp or type=hotp.',
    zh: '该项未说明是 TOTP 还是 HOTP，请用 --assume type=totp 或 type=hotp 指定。',
  },
  codes_not_transferable: {
    en: 'The recovery codes are hashed and cannot come along. Issue new ones after the import.',
    zh: '恢复码已哈希，无法迁移。请在导入后为用户重新签发。',
  },
  codes_not_separated: {
    en: 'It cannot be told where one recovery code ends and the next begins. Put commas or semicolons between them.',
    zh: '无法判断恢复码之间的分界，请用逗号或分号分隔各个恢复码。',
  },
  period_unknown: {
    en: 'This format does not say the period, so 30 seconds are taken. Prove a code of an authenticator with another one.',
    zh: '该格式不含周期，按 30 秒处理。若验证器使用其他周期，请先验证一次验证码。',
  },
  parts_missing: {
    en: 'The export has {count} QR codes, and these are missing: {missing}. Add their addresses to the file.',
    zh: '该导出共有 {count} 个二维码，缺少第 {missing} 个，请将其地址补充到文件中。',
  },
  check_code_wrong: {
    en: 'The check code does not come from this secret.',
    zh: '校验验证码与该密钥不符。',
  },
  check_code_other_reading: {
    en: 'The check code does not come from this secret as it was read; it does if it is read as {reading}.',
    zh: '按当前读法，校验验证码与该密钥不符；若读作 {reading} 则相符。',
  },
  factor_exists: {
    en: 'The user already has a different OTP, and such are to fail: --on-existing (API: onExisting).',
    zh: '该用户已有不同的 OTP，而导入要求此时报失败：--on-existing（API：onExisting）。',
  },
} as const satisfies Record<string, LocalText>;

export type Reason = keyof typeof REASONS;
