import { describe, expect, it } from 'vitest';
import { RESYNC_STEPS } from '../../src/verify/judge.ts';
import { acceptedChange, changed, judge, judgeTwo, NOW, PERIOD_MS, STEP, totp } from './judged.ts';

/** Two codes that a clock so many steps off shows, the second of them now. */
const shown = (offset: number, factor = totp()) => judgeTwo(factor, STEP + offset - 1, STEP + offset);

describe('two TOTP codes in a row', () => {
  it('bring a clock back that is up to 120 steps off, to either side, and none further', () => {
    expect(RESYNC_STEPS).toBe(120);
    for (const offset of [-120, -119, -11, -1, 0, 1, 11, 119, 120]) {
      expect(acceptedChange(shown(offset))).toMatchObject({ lastStep: STEP + offset, driftSteps: offset });
    }
    for (const offset of [-122, -121, 121, 122]) expect(shown(offset).outcome).toBe('wrong');
  });

  it.each([0, 1, 2])('leave a clock in step, with the window %i, however far off it was', (steps) => {
    for (const offset of [-120, -60, 60, 120]) {
      const factor = changed(totp(), acceptedChange(shown(offset)));
      const now = NOW + PERIOD_MS;
      const next = judge(factor, STEP + 1 + offset, { now, steps });
      expect({ offset, outcome: next.outcome }).toEqual({ offset, outcome: 'accepted' });
      expect(acceptedChange(next).driftSteps).toBe(offset);
    }
  });

  it('are both used up', () => {
    const factor = changed(totp(), acceptedChange(shown(-40)));
    for (const step of [STEP - 41, STEP - 40]) expect(judge(factor, step).outcome).not.toBe('accepted');
    expect(shown(-40, factor).outcome).toBe('replayed');
    expect(shown(-39, factor).outcome).toBe('replayed');
    expect(shown(-38, factor).outcome).toBe('accepted');
  });

  it('are refused where the first of them was used, and every one before it', () => {
    const factor = totp({ last_step: STEP });
    for (const offset of [-100, -1, 0, 1]) expect(shown(offset, factor).outcome).toBe('replayed');
    expect(shown(2, factor).outcome).toBe('accepted');
  });

  it('are refused in the wrong order, across a gap, and twice the same', () => {
    for (const [first, second] of [
      [STEP, STEP - 1],
      [STEP - 5, STEP - 6],
      [STEP - 2, STEP],
      [STEP, STEP],
    ] as const) {
      expect(judgeTwo(totp(), first, second).outcome).toBe('wrong');
    }
  });

  it('end a throttle that has run out, as a right code does', () => {
    expect(acceptedChange(shown(-40, totp({ failures: 9, throttled_until: 1 })))).toMatchObject({
      failures: 0,
      throttledUntil: 0,
      lastUsedAt: NOW,
      counter: 0,
    });
  });

  it('are looked for around the time, not around what was learnt before', () => {
    const factor = totp({ drift_steps: -120 });
    expect(shown(120, factor).outcome).toBe('accepted');
    expect(shown(-121, factor).outcome).toBe('wrong');
  });
});
