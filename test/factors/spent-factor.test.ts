import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfStep, lastStepBefore } from '../../src/factors/spent-factor.ts';

/** What a factor takes over from one with another period. */
const carryLastStep = (step: number, from: number, to: number) => lastStepBefore(endOfStep(step, from), to);

const steps = fc.integer({ min: 0, max: 1e9 });
const periods = fc.integer({ min: 5, max: 300 });
/** The second at which the time ends that a last step has used up. */
const endOf = (lastStep: number, period: number) => (lastStep + 1) * period;

describe('used time carried over to another period', () => {
  it('never goes back in time', () => {
    fc.assert(
      fc.property(steps, periods, periods, (step, from, to) => {
        expect(endOf(carryLastStep(step, from, to), to)).toBeGreaterThanOrEqual(endOf(step, from));
      }),
    );
  });

  it('uses up no step that lies wholly after the time used up', () => {
    fc.assert(
      fc.property(steps, periods, periods, (step, from, to) => {
        expect(carryLastStep(step, from, to) * to).toBeLessThan(endOf(step, from));
      }),
    );
  });

  it('keeps the step where the period stays, and later steps later', () => {
    fc.assert(
      fc.property(steps, periods, periods, (step, from, to) => {
        expect(carryLastStep(step, from, from)).toBe(step);
        expect(carryLastStep(step + 1, from, to)).toBeGreaterThanOrEqual(carryLastStep(step, from, to));
      }),
    );
  });

  it('never makes a used step good again, however often the period is changed and changed back', () => {
    fc.assert(
      fc.property(steps, fc.array(periods, { minLength: 2, maxLength: 6 }), (step, list) => {
        const [first = 30] = list;
        let carried = step;
        for (const [index, period] of [...list, first].entries()) {
          if (index > 0) carried = carryLastStep(carried, [...list, first][index - 1] as number, period);
        }
        expect(carried).toBeGreaterThanOrEqual(step);
      }),
    );
  });

  it('has nothing to carry where no code was used', () => {
    fc.assert(
      fc.property(periods, periods, (from, to) => {
        expect(carryLastStep(-1, from, to)).toBe(-1);
      }),
    );
  });
});
