import { type Check, type CheckResult, examine } from '../../doctor.ts';
import { fillText, type LocalText } from '../../language.ts';
import { type Command, EXIT } from '../command.ts';

const MARKS: Readonly<Record<CheckResult, LocalText>> = {
  ok: { en: 'ok', zh: '正常' },
  warning: { en: 'WARNING', zh: '警告' },
  failed: { en: 'FAILED', zh: '失败' },
};

export const doctor: Command = {
  name: 'doctor',
  summary: {
    en: 'Check database, key ring, clock and permissions, and say what to do',
    zh: '检查数据库、密钥环、时钟和权限，并给出处理建议',
  },
  examples: ['factorport doctor', 'factorport doctor --json'],
  async run({ config, terminal, language, flag }) {
    const checks = await examine(config);
    const say = (check: Check) => fillText(check.text, language, check.parameters);
    if (flag('json'))
      terminal.json(checks.map((check) => ({ name: check.name, result: check.result, text: say(check) })));
    else terminal.table(checks.map((check) => [MARKS[check.result][language], check.label[language], say(check)]));
    return checks.some((check) => check.result === 'failed') ? EXIT.refused : EXIT.ok;
  },
};
