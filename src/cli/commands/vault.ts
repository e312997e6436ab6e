import { toVaultStatusDto } from '../../http/routes/vault.ts';
import { fillText, type LocalText } from '../../language.ts';
import type { RingKeyState, RotationStatus, VaultStatus } from '../../rotation/vault-keys.ts';
import { cliActor } from '../actor.ts';
import { type Command, EXIT, type Invocation } from '../command.ts';

const TEXTS = {
  masterKey: { en: 'master key', zh: '主密钥' },
  rotation: { en: 'rotation', zh: '轮换' },
  noRotation: { en: 'none so far', zh: '尚未进行过' },
  keyId: { en: 'key', zh: '密钥' },
  purpose: { en: 'purpose', zh: '用途' },
  state: { en: 'state', zh: '状态' },
  made: { en: 'made', zh: '创建时间' },
  current: { en: 'current', zh: '使用中' },
  retiring: { en: 'retiring', zh: '退役中' },
  kept: { en: 'kept', zh: '保留' },
  running: {
    en: 'to key {key}, under way since {time}: {count} values sealed anew',
    zh: '正在轮换到密钥 {key}，始于 {time}，已重新密封 {count} 项',
  },
  finished: {
    en: 'to key {key}, finished at {time}: {count} values sealed anew, old key destroyed',
    zh: '已轮换到密钥 {key}，完成于 {time}，共重新密封 {count} 项，旧密钥已销毁',
  },
  broken: {
    en: '{count} sealed values do not open, so the old key is kept. Restore or delete their rows; the rotation then ends by itself.',
    zh: '有 {count} 项密封数据无法解开，旧密钥因此保留。请恢复或删除相应数据行，之后轮换会自动完成。',
  },
  digest: {
    en: 'Digest keys are not rotated: a digest of a recovery code cannot be made again without the code.',
    zh: '摘要密钥不参与轮换：没有恢复码原文就无法重新计算其摘要。',
  },
  begun: {
    en: 'The rotation has begun: new values are sealed with key {key}. The running service does the rest; see: factorport vault status',
    zh: '轮换已开始，新数据使用密钥 {key} 密封，其余由运行中的服务完成，可执行 factorport vault status 查看进度',
  },
  changed: {
    en: '{count} ring keys are now wrapped by the master key {source}.',
    zh: '已改用主密钥 {source} 包装 {count} 个密钥环密钥。',
  },
  unchanged: {
    en: 'Nothing to do: every ring key is wrapped by the master key {source} already.',
    zh: '无需更改：所有密钥环密钥都已由主密钥 {source} 包装。',
  },
  keptFile: {
    en: 'The key before is in {file}. Back up the new one; delete the old one when no older backup of the database is needed any more.',
    zh: '原密钥保存在 {file}。请备份新密钥；不再需要更早的数据库备份后，即可删除原密钥。',
  },
  keptSetting: {
    en: 'Processes no longer need FACTORPORT_MASTER_KEY_PREVIOUS and FACTORPORT_MASTER_KEY_URI_PREVIOUS.',
    zh: '各进程不再需要 FACTORPORT_MASTER_KEY_PREVIOUS 和 FACTORPORT_MASTER_KEY_URI_PREVIOUS。',
  },
} as const satisfies Record<string, LocalText>;

export const vaultStatus: Command = {
  name: 'vault status',
  summary: { en: 'Show the keys of the vault and how far a rotation has come', zh: '显示密钥库的密钥及轮换进度' },
  examples: ['factorport vault status', 'factorport vault status --json'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const status = await services.vaultKeys.status();
      if (invocation.flag('json')) invocation.terminal.json(toVaultStatusDto(status));
      else printStatus(invocation, status);
      return EXIT.ok;
    }),
};

export const vaultRotate: Command = {
  name: 'vault rotate',
  summary: {
    en: 'Make a new seal key, seal everything anew with it, and destroy the old one',
    zh: '生成新的密封密钥，重新密封全部数据并销毁旧密钥',
  },
  options: {
    wait: {
      type: 'boolean',
      text: {
        en: 'Do all of it here and end when the old key is destroyed; also goes on with a rotation that is under way.',
        zh: '由本命令完成全部工作，旧密钥销毁后才结束；已有轮换在进行时则继续完成它。',
      },
    },
  },
  examples: ['factorport vault rotate', 'factorport vault rotate --wait --json'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const { vaultKeys } = services;
      const actor = await cliActor(services, invocation);
      const before = (await vaultKeys.status()).rotation;
      const isUnderWay = before !== undefined && before.finishedAt === undefined;
      if (!isUnderWay || !invocation.flag('wait')) await vaultKeys.rotate(actor);
      if (invocation.flag('wait')) await vaultKeys.finishRotation();
      const status = await vaultKeys.status();
      const rotation = status.rotation as RotationStatus;
      if (invocation.flag('json')) terminal.json(toVaultStatusDto(status));
      else if (invocation.flag('wait')) for (const line of rotationLines(rotation, invocation)) terminal.line(line);
      else terminal.line(fillText(TEXTS.begun, language, { key: rotation.newKeyId }));
      return invocation.flag('wait') && rotation.finishedAt === undefined ? EXIT.refused : EXIT.ok;
    }),
};

export const vaultChangeMasterKey: Command = {
  name: 'vault change-master-key',
  summary: {
    en: 'Replace the master key with a new one, while the service runs',
    zh: '在服务运行期间更换主密钥',
  },
  examples: [
    'factorport vault change-master-key',
    'FACTORPORT_MASTER_KEY_URI=hashivault://factorport FACTORPORT_MASTER_KEY_PREVIOUS="$(cat data/master.key)" factorport vault change-master-key',
  ],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language, config } = invocation;
      const { source, rewrapped, keptFile } = await services.vaultKeys.changeMasterKey(
        await cliActor(services, invocation),
      );
      if (invocation.flag('json')) {
        terminal.json({ masterKey: source, rewrapped, keptFile: keptFile ?? null });
        return EXIT.ok;
      }
      const text = rewrapped === 0 ? TEXTS.unchanged : TEXTS.changed;
      terminal.line(fillText(text, language, { source, count: rewrapped }));
      const hadPrevious = (config.masterKeyPrevious ?? config.masterKeyUriPrevious) !== undefined;
      if (hadPrevious) terminal.line(TEXTS.keptSetting[language]);
      if (keptFile !== undefined) terminal.line(fillText(TEXTS.keptFile, language, { file: keptFile }));
      return EXIT.ok;
    }),
};

function printStatus(invocation: Invocation, { masterKey, keys, rotation }: VaultStatus): void {
  const { terminal, language } = invocation;
  const say = (name: keyof typeof TEXTS) => TEXTS[name][language];
  const [first = say('noRotation'), ...more] = rotation === undefined ? [] : rotationLines(rotation, invocation);
  terminal.table([
    [say('masterKey'), masterKey],
    [say('rotation'), first],
  ]);
  for (const line of more) terminal.line(line);
  terminal.line();
  const states: Readonly<Record<RingKeyState, string>> = {
    current: say('current'),
    retiring: say('retiring'),
    kept: say('kept'),
  };
  terminal.table([
    [say('keyId'), say('purpose'), say('state'), say('made')],
    ...keys.map((key) => [String(key.keyId), key.purpose, states[key.state], new Date(key.createdAt).toISOString()]),
  ]);
  terminal.line(say('digest'));
}

function rotationLines(rotation: RotationStatus, { language }: Invocation): string[] {
  const { newKeyId: key, resealed: count, broken, startedAt, finishedAt } = rotation;
  const text = finishedAt === undefined ? TEXTS.running : TEXTS.finished;
  const time = new Date(finishedAt ?? startedAt).toISOString();
  const lines = [fillText(text, language, { key, count, time })];
  if (finishedAt === undefined && broken > 0) lines.push(fillText(TEXTS.broken, language, { count: broken }));
  return lines;
}
