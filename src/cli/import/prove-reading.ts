import { DEFAULT_JOB_OPTIONS } from '../../import/jobs/job.ts';
import { fillText, type LocalText } from '../../language.ts';
import type { Invocation } from '../command.ts';
import type { JobsClient } from './jobs-client.ts';
import type { Reading } from './settle-reading.ts';

const TEXTS = {
  code: { en: 'Code that the authenticator of {user} shows now:', zh: '{user} 的验证器当前显示的验证码：' },
  digits: { en: 'A code is 6 to 8 digits.', zh: '验证码为 6 至 8 位数字。' },
  notFound: {
    en: 'The file has no {user}, or no OTP for that user. Nothing was imported.',
    zh: '文件中没有 {user}，或该用户没有 OTP，未导入任何内容。',
  },
  verified: { en: 'The code of {user} comes from the file.', zh: '{user} 的验证码与文件相符。' },
  wrong: {
    en: 'The code of {user} does not come from the secret in the file. Nothing was imported.',
    zh: '{user} 的验证码与文件中的密钥不符，未导入任何内容。',
  },
  other: { en: 'It does if the file is read so: {reading}', zh: '若按此方式读取则相符：{reading}' },
} as const satisfies Record<string, LocalText>;

/**
 * Asks for the code of the user that `--prove` names, and checks it against the file.
 *
 * @returns whether the import may go on
 */
export async function proveReading(
  invocation: Invocation,
  client: JobsClient,
  jobId: string,
  { options, secret }: Reading,
): Promise<boolean> {
  const user = invocation.option('prove');
  const { terminal, language } = invocation;
  const { person } = terminal;
  if (user === undefined || person === undefined) return true;
  const say = (text: LocalText, parameters = {}) => terminal.error(fillText(text, language, { user, ...parameters }));
  let code = '';
  while (!/^\d{6,8}$/.test(code)) {
    if (code !== '') say(TEXTS.digits);
    code = (await person.ask(fillText(TEXTS.code, language, { user }))).replace(/\s/g, '') || '-';
  }
  const proof = await client.prove(jobId, { user, code }, { ...DEFAULT_JOB_OPTIONS, ...options }, secret);
  if (proof.verified) say(TEXTS.verified);
  else say(proof.found ? TEXTS.wrong : TEXTS.notFound);
  for (const { text } of proof.otherReadings) say(TEXTS.other, { reading: text });
  return proof.verified;
}
