import type { LocalText } from '../../language.ts';
import { cliActor } from '../actor.ts';
import { type Command, EXIT } from '../command.ts';

const RESET: LocalText = {
  en: 'The present time counts as correct from now on. Running servers take it over within seconds.',
  zh: '已将当前时间作为准确时间，运行中的服务会在数秒内生效。',
};

export const clockReset: Command = {
  name: 'clock reset',
  summary: {
    en: 'Accept the present time as correct, after a clock that ran ahead was set right',
    zh: '时钟偏快并校准后，将当前时间确认为准确时间',
  },
  examples: ['factorport clock reset'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const actor = await cliActor(services, invocation);
      await services.clockGuard.reset();
      services.audit.record(actor, { action: 'clock.reset', result: 'ok' });
      if (invocation.flag('json')) terminal.json({ reset: true });
      else terminal.line(RESET[language]);
      return EXIT.ok;
    }),
};
