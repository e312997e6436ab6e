import { codesEqual } from './code.ts';
import { computeHotp } from './hotp.ts';
import type { OtpParameters } from './parameters.ts';
import type { Seed } from './seed.ts';

/** The time step of an instant: T = floor((time - T0) / X) with T0 = 0 (RFC 6238 §4.2). */
export function timeStepAt(timeMs: number, periodSeconds: number): number {
  return Math.floor(timeMs / (periodSeconds * 1000));
}

/** The TOTP value of a time step (RFC 6238 §4). */
export function computeTotp(seed: Seed, step: number, parameters: OtpParameters): string {
  return computeHotp(seed, step, parameters.algorithm, parameters.digits);
}

/**
 * Finds the step whose code equals the given one.
 *
 * Every step of the window is computed and compared in constant time, so that the time taken tells nothing about
 * which step matched or how much of a code was right.
 *
 * @param centres the steps expected now, the likeliest first
 * @param window how many steps to accept on either side (RFC 6238 §5.2 recommends at most one)
 * @returns the first matching step in the order of the centres and of the distance from them, or `undefined`
 */
export function findMatchingStep(
  seed: Seed,
  code: string,
  parameters: OtpParameters,
  centres: readonly number[],
  window: number,
): number | undefined {
  let found: number | undefined;
  for (const step of new Set(centres.flatMap((centre) => stepsByDistance(centre, window)))) {
    if (step < 0) continue;
    const equal = codesEqual(computeTotp(seed, step, parameters), code);
    if (equal && found === undefined) found = step;
  }
  return found;
}

function stepsByDistance(centre: number, window: number): number[] {
  const steps = [centre];
  for (let distance = 1; distance <= window; distance++) steps.push(centre - distance, centre + distance);
  return steps;
}
