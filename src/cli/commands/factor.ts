import { MAXIMUM_ISSUED_CODES, USUAL_ISSUED_CODES } from '../../factors/administration.ts';
import type { FactorState } from '../../factors/factor-state.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import type { Services } from '../../services.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, EXIT, type Invocation, UsageError } from '../command.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';
import { readUserIdType, TYPE_OPTION, USER_ARGUMENT } from './users.ts';

const TEXTS = {
  unlocked: { en: 'The authenticator is unlocked.', zh: '身份验证器已解锁。' },
  reset: { en: 'The authenticator and its recovery codes are removed.', zh: '身份验证器及其恢复码已移除。' },
  resynced: { en: 'The authenticator is in step again.', zh: '身份验证器已重新同步。' },
  once: {
    en: 'These codes are shown only now. The earlier ones no longer work.',
    zh: '恢复码仅显示这一次，原有恢复码已失效。',
  },
  user: { en: 'user id', zh: '用户 ID' },
  factor: { en: 'factor', zh: '认证要素' },
  kind: { en: 'kind', zh: '类型' },
  totp: {
    en: 'TOTP, {algorithm}, {digits} digits, every {period} s',
    zh: 'TOTP，{algorithm}，{digits} 位，每 {period} 秒',
  },
  hotp: {
    en: 'HOTP, {algorithm}, {digits} digits, next counter {counter}',
    zh: 'HOTP，{algorithm}，{digits} 位，下一计数器 {counter}',
  },
  status: { en: 'status', zh: '状态' },
  active: { en: 'active', zh: '正常' },
  locked: { en: 'locked', zh: '已锁定' },
  throttled: { en: 'throttled until', zh: '限流至' },
  failures: { en: 'wrong codes in a row', zh: '连续错误次数' },
  drift: { en: 'drift, in steps', zh: '时钟漂移（步）' },
  codesLeft: { en: 'recovery codes left', zh: '剩余恢复码' },
  source: { en: 'source', zh: '来源' },
  imported: { en: 'imported', zh: '导入时间' },
  importedBy: { en: 'imported by', zh: '导入者' },
  enrolled: { en: 'enrolled', zh: '绑定时间' },
  enrolledBy: { en: 'enrolled by', zh: '绑定者' },
  request: { en: 'request id', zh: '请求 ID' },
  lastUsed: { en: 'last used', zh: '最近使用' },
  never: { en: 'never', zh: '从未' },
} as const satisfies Record<string, LocalText>;

type Act = (
  services: Services,
  actor: Awaited<ReturnType<typeof cliActor>>,
  userId: string,
  invocation: Invocation,
) => Promise<void>;

/** Opens the services, finds out who acts and on whom, and does it. */
function onUser(act: Act): Command['run'] {
  return (invocation) =>
    invocation.withServices(async (services) => {
      const actor = await cliActor(services, invocation);
      const [user = ''] = invocation.arguments;
      const userId = await services.users.resolve(actor.poolId, user, readUserIdType(invocation));
      await act(services, actor, userId, invocation);
      return EXIT.ok;
    });
}

export const factorShow: Command = {
  name: 'factor show',
  summary: {
    en: "Show the state of a user's authenticator; never its seed",
    zh: '查看用户身份验证器的状态（不含密钥）',
  },
  arguments: [USER_ARGUMENT],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport factor show alice --type username'],
  run: onUser(async (services, actor, userId, { terminal, language, flag }) => {
    const state = await services.factors.find(actor.poolId, userId);
    if (flag('json')) terminal.json(state);
    else terminal.table(describe(state, language));
  }),
};

export const factorUnlock: Command = {
  name: 'factor unlock',
  summary: { en: 'End the throttle or lock of an authenticator', zh: '解除身份验证器的限流或锁定' },
  arguments: [USER_ARGUMENT],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport factor unlock alice --type username'],
  run: onUser(async (services, actor, userId, { terminal, language, flag }) => {
    await services.factors.unlock(actor, userId);
    if (flag('json')) terminal.json({ unlocked: true });
    else terminal.line(TEXTS.unlocked[language]);
  }),
};

export const factorReset: Command = {
  name: 'factor reset',
  summary: { en: 'Remove an authenticator, so that the user can enrol again', zh: '移除身份验证器，以便用户重新绑定' },
  arguments: [USER_ARGUMENT],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport factor reset alice --type username'],
  run: onUser(async (services, actor, userId, { terminal, language, flag }) => {
    await services.factors.reset(actor, userId);
    if (flag('json')) terminal.json({ reset: true });
    else terminal.line(TEXTS.reset[language]);
  }),
};

export const factorResync: Command = {
  name: 'factor resync',
  summary: { en: 'Bring an authenticator back into step by two codes', zh: '用连续两个验证码重新同步身份验证器' },
  arguments: [
    USER_ARGUMENT,
    { name: 'code', text: { en: 'What it showed first.', zh: '先显示的验证码。' } },
    { name: 'next-code', text: { en: 'What it showed right after.', zh: '紧接着显示的验证码。' } },
  ],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport factor resync alice 123456 654321 --type username'],
  run: onUser(async (services, actor, userId, invocation) => {
    const [, code = '', nextCode = ''] = invocation.arguments;
    await services.verifier.resync(actor, userId, [code, nextCode]);
    if (invocation.flag('json')) invocation.terminal.json({ verified: true });
    else invocation.terminal.line(TEXTS.resynced[invocation.language]);
  }),
};

export const factorRecoveryCodes: Command = {
  name: 'factor recovery-codes',
  summary: { en: 'Give a user a new set of recovery codes', zh: '为用户签发一组新的恢复码' },
  arguments: [USER_ARGUMENT],
  options: {
    count: {
      type: 'string',
      placeholder: 'N',
      text: {
        en: `How many codes, 1 to ${MAXIMUM_ISSUED_CODES}; ${USUAL_ISSUED_CODES} if not given.`,
        zh: `恢复码数量，1 至 ${MAXIMUM_ISSUED_CODES}，默认 ${USUAL_ISSUED_CODES}。`,
      },
    },
    ...TYPE_OPTION,
    ...POOL_OPTION,
  },
  examples: ['factorport factor recovery-codes alice --type username'],
  run: onUser(async (services, actor, userId, invocation) => {
    const recoveryCodes = await services.factors.issueRecoveryCodes(actor, userId, readCount(invocation));
    const { terminal, language } = invocation;
    if (invocation.flag('json')) terminal.json({ recoveryCodes });
    else {
      for (const code of recoveryCodes) terminal.line(code);
      terminal.line(TEXTS.once[language]);
    }
  }),
};

function readCount(invocation: Invocation): number {
  const text = invocation.option('count') ?? String(USUAL_ISSUED_CODES);
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAXIMUM_ISSUED_CODES) return count;
  const expected = {
    en: `it must be a whole number from 1 to ${MAXIMUM_ISSUED_CODES}`,
    zh: `应为 1 至 ${MAXIMUM_ISSUED_CODES} 之间的整数`,
  };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--count', expected });
}

function describe(state: FactorState, language: Language): string[][] {
  const { type, algorithm, digits, period, counter, throttledUntil } = state;
  const say = (name: keyof typeof TEXTS) => TEXTS[name][language];
  const arrival = state.source === 'enrolment' ? 'enrolled' : 'imported';
  const parameters = { algorithm, digits, period: period ?? '', counter: counter ?? '' };
  return [
    [say('user'), state.userId],
    [say('factor'), state.factorId],
    [say('kind'), fillText(TEXTS[type], language, parameters)],
    [say('status'), `${say(state.status)}${throttledUntil === null ? '' : ` ${throttledUntil}`}`],
    [say('failures'), String(state.failures)],
    ...(type === 'totp' ? [[say('drift'), String(state.driftSteps)]] : []),
    [say('codesLeft'), String(state.recoveryCodesLeft)],
    [say('source'), state.source],
    [say(arrival), state.createdAt],
    [say(`${arrival}By`), state.importedBy],
    [say('request'), state.importId],
    [say('lastUsed'), state.lastUsedAt ?? say('never')],
  ];
}
