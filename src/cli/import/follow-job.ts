import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import { fillText, type LocalText } from '../../language.ts';
import type { Invocation } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { hintCommand } from './connection.ts';
import type { JobsClient } from './jobs-client.ts';
import { createProgress } from './progress.ts';

const TEXTS = {
  stopping: {
    en: 'Stopping at the next checkpoint. Go on later with: {command}   (Ctrl-C again ends at once)',
    zh: '将在下一个检查点停止。之后可继续：{command}（再按一次 Ctrl-C 立即结束）',
  },
} as const satisfies Record<string, LocalText>;

/**
 * Waits for a job with its progress on the screen. Ctrl-C stops it cleanly, a second one ends the program.
 *
 * @param goesOnBy the command that goes on with what was stopped
 */
export async function followJob(
  invocation: Invocation,
  client: JobsClient,
  jobId: string,
  goesOnBy: 'resume' | 'undo' = 'resume',
): Promise<ImportJobDto> {
  const { terminal, language } = invocation;
  const isSilent = invocation.flag('json');
  const progress = createProgress(terminal, language);
  return interruptible(async (signal) => {
    const tell = () => {
      progress.end();
      const command = hintCommand(invocation, `${goesOnBy} ${jobId}`);
      if (!isSilent) terminal.error(fillText(TEXTS.stopping, language, { command }));
    };
    signal.addEventListener('abort', tell, { once: true });
    try {
      return await client.follow(jobId, signal, (job) => {
        if (!isSilent) progress.update(job);
      });
    } finally {
      signal.removeEventListener('abort', tell);
      if (!isSilent) progress.end();
    }
  });
}
