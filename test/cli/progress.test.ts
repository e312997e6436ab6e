import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/import/progress.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import type { ImportJobDto } from '../../src/import/jobs/job-dto.ts';
import { FakeScreen } from './fake-terminal.ts';

/** A job of 1,000 bytes with so many items done, of which one in ten has failed. */
function jobAt(items: number): ImportJobDto {
  const counts = { items, failed: items / 10 };
  return { state: 'running', uploadBytes: 1_000, bytesDone: items, counts } as unknown as ImportJobDto;
}

function watched(isTTY: boolean, language: 'en' | 'zh') {
  const errors = new FakeScreen(isTTY);
  let now = 0;
  const progress = createProgress(createTerminal(new FakeScreen(true), errors), language, () => now);
  const at = (ms: number, items: number) => {
    now = ms;
    progress.update(jobAt(items));
  };
  return { errors, at, end: progress.end };
}

describe('progress', () => {
  it('on a screen is one line with a bar, the rate, what failed and the time left, redrawn at most ten times a second', () => {
    const { errors, at, end } = watched(true, 'en');
    for (let ms = 0; ms <= 1_000; ms += 10) at(ms, ms / 4);
    const lines = errors.text.split('\r\x1b[K').slice(1);
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('[#####...............] 25%  250 rows/s  25 failed  0:03 left');
    end();
    expect(errors.text.endsWith('\r\x1b[K')).toBe(true);
  });

  it('elsewhere is a plain line every ten seconds', () => {
    const { errors, at, end } = watched(false, 'zh');
    for (let ms = 0; ms <= 25_000; ms += 100) at(ms, Math.floor(ms / 100));
    end();
    expect(errors.text).toBe(
      '已处理 100 项，10%，10 行/秒，失败 10 项，剩余 1:30\n已处理 200 项，20%，10 行/秒，失败 20 项，剩余 1:20\n',
    );
  });

  it('is never wider than the screen, wide characters counted as two', () => {
    const errors = new FakeScreen(true);
    const { status } = createTerminal(new FakeScreen(true), errors);
    status?.draw('导'.repeat(80));
    expect(errors.text).toBe(`\r\x1b[K${'导'.repeat(49)}`);
  });
});
