import { normaliseCode } from '../otp/code.ts';
import { findConsecutive, findMatchingCounter } from '../otp/hotp.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { Seed } from '../otp/seed.ts';
import { findMatchingStep, timeStepAt } from '../otp/totp.ts';
import type { FactorChange } from '../store/queries/factors.ts';
import type { FactorTable } from '../store/schema.ts';
import { throttledUntil } from './throttle.ts';

/** How far from the expected one a code may be. */
export interface Windows {
  /** TOTP: steps on either side (RFC 6238 §5.2). */
  readonly steps: number;
  /** HOTP: counters ahead (RFC 4226 §7.4, look-ahead parameter s). */
  readonly lookAhead: number;
}

/** The part of a factor that decides about a code. */
export type JudgedFactor = Pick<
  FactorTable,
  | 'type'
  | 'algorithm'
  | 'digits'
  | 'period_seconds'
  | 'counter'
  | 'drift_steps'
  | 'last_step'
  | 'failures'
  | 'throttled_until'
  | 'last_used_at'
>;

/** `replayed`: the code is that of a moving factor already used; it is refused, and not counted as a guess. */
export type Judgement =
  | { readonly outcome: 'accepted'; readonly change: FactorChange }
  | { readonly outcome: 'replayed' | 'wrong' };

/** How far a clock may drift from ours before its codes are refused: learnt one window at a time (RFC 6238 §6). */
const MAXIMUM_DRIFT_STEPS = 10;
/** How far off two consecutive codes may be. RFC 6238 §6 names no number; this is an hour of the usual 30 seconds. */
export const RESYNC_STEPS = 120;
/** RFC 4226 §7.4 asks for a larger window with two codes in a row; two of 6 digits match here by chance once in 10^9. */
export const RESYNC_COUNTERS = 1000;

/** Judges a code by a factor's state, and changes nothing. The caller has seen to the throttle. */
export function judgeCode(factor: JudgedFactor, seed: Seed, code: string, now: number, windows: Windows): Judgement {
  const digits = normaliseCode(code, factor.digits);
  if (digits === undefined) return { outcome: 'wrong' };
  const parameters = parametersOf(factor);
  if (factor.type === 'hotp') {
    // The counter just used too, so that a form sent twice does not count as a guess.
    const last = factor.counter + windows.lookAhead;
    const counter = findMatchingCounter(seed, digits, parameters, factor.counter - 1, last);
    return counter === undefined ? { outcome: 'wrong' } : judgeCounter(factor, counter, now);
  }
  const current = timeStepAt(now, factor.period_seconds);
  // Beside the drift learnt, none: a clock that was set right must not lock its owner out.
  const centres = [current + clampDrift(factor.drift_steps, RESYNC_STEPS), current];
  const step = findMatchingStep(seed, digits, parameters, centres, windows.steps);
  return step === undefined ? { outcome: 'wrong' } : judgeStep(factor, step, now);
}

/**
 * Judges two consecutive codes of an authenticator that is too far off for {@link judgeCode} (RFC 4226 §7.4, RFC 6238
 * §6). Both are used up.
 */
export function judgeConsecutiveCodes(
  factor: JudgedFactor,
  seed: Seed,
  codes: readonly [string, string],
  now: number,
): Judgement {
  const first = normaliseCode(codes[0], factor.digits);
  const second = normaliseCode(codes[1], factor.digits);
  if (first === undefined || second === undefined) return { outcome: 'wrong' };
  const parameters = parametersOf(factor);
  if (factor.type === 'hotp') {
    const { counter } = factor;
    const range = { first: counter, last: counter + RESYNC_COUNTERS, nearest: counter };
    const found = findConsecutive(seed, [first, second], parameters, range);
    return found === undefined ? { outcome: 'wrong' } : judgeCounter(factor, found + 1, now);
  }
  const nearest = timeStepAt(now, factor.period_seconds);
  // The authenticator shows the second code now, so it is the second one's step that may be so far off.
  const range = { first: nearest - RESYNC_STEPS - 1, last: nearest + RESYNC_STEPS - 1, nearest: nearest - 1 };
  const found = findConsecutive(seed, [first, second], parameters, range);
  if (found === undefined) return { outcome: 'wrong' };
  if (found <= factor.last_step) return { outcome: 'replayed' };
  return { outcome: 'accepted', change: accepted(factor, now, { step: found + 1, drift: found + 1 - nearest }) };
}

/** What a wrong code leaves behind. */
export function failureOf(factor: JudgedFactor, now: number): FactorChange {
  const failures = factor.failures + 1;
  return { ...unchanged(factor), failures, throttledUntil: throttledUntil(failures, now) };
}

/** What a right code leaves behind that is no moving factor: a recovery code. */
export function recoveryOf(factor: JudgedFactor, now: number): FactorChange {
  return { ...unchanged(factor), failures: 0, throttledUntil: 0, lastUsedAt: now };
}

function judgeStep(factor: JudgedFactor, step: number, now: number): Judgement {
  if (step <= factor.last_step) return { outcome: 'replayed' };
  const current = timeStepAt(now, factor.period_seconds);
  // Never farther than learnt before or than ten steps: the window must not wander off, one accepted code at a time.
  const limit = Math.max(MAXIMUM_DRIFT_STEPS, Math.abs(clampDrift(factor.drift_steps, RESYNC_STEPS)));
  return { outcome: 'accepted', change: accepted(factor, now, { step, drift: clampDrift(step - current, limit) }) };
}

function judgeCounter(factor: JudgedFactor, counter: number, now: number): Judgement {
  if (counter < factor.counter) return { outcome: 'replayed' };
  return { outcome: 'accepted', change: { ...recoveryOf(factor, now), counter: counter + 1 } };
}

function accepted(factor: JudgedFactor, now: number, { step, drift }: { step: number; drift: number }): FactorChange {
  return { ...recoveryOf(factor, now), lastStep: step, driftSteps: drift };
}

function unchanged(factor: JudgedFactor): FactorChange {
  return {
    lastStep: factor.last_step,
    counter: factor.counter,
    driftSteps: factor.drift_steps,
    failures: factor.failures,
    throttledUntil: factor.throttled_until,
    lastUsedAt: factor.last_used_at,
  };
}

function parametersOf(factor: JudgedFactor): OtpParameters {
  const { type, algorithm, digits, period_seconds: periodSeconds } = factor;
  return { type, algorithm, digits, periodSeconds };
}

/** Also of what is read: a row that says more was not written here. */
function clampDrift(drift: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, drift));
}
