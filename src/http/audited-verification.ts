import { FactorportError } from '../errors/error.ts';

/** Refusals of which the verifier itself leaves an audit event, with the user. */
const AUDITED: ReadonlySet<string> = new Set([
  'code_wrong',
  'recovery_code_wrong',
  'verification_throttled',
  'factor_locked',
]);

/** Runs a verification, which leaves its own audit event, so that the general one of the call is not written too. */
export async function verifyAudited<Result>(
  call: { markAudited(): void },
  verify: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await verify();
    call.markAudited();
    return result;
  } catch (error) {
    if (error instanceof FactorportError && AUDITED.has(error.code)) call.markAudited();
    throw error;
  }
}
