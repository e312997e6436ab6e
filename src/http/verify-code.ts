import { FactorportError } from '../errors/error.ts';
import type { Verified } from '../verify/verifier.ts';
import type { PublicCall } from './route.ts';

/** Refusals of which the verifier itself leaves an audit event, with the user. */
const AUDITED: ReadonlySet<string> = new Set(['code_wrong', 'verification_throttled', 'factor_locked']);

/**
 * Verifies a user's code and sees to it that the attempt has one audit event, whoever calls.
 *
 * @throws what the verifier throws
 */
export async function verifyCode(call: PublicCall, userId: string, code: string): Promise<Verified> {
  try {
    const verified = await call.services.verifier.verify(call.actor, userId, code);
    call.markAudited();
    return verified;
  } catch (error) {
    if (error instanceof FactorportError && AUDITED.has(error.code)) call.markAudited();
    throw error;
  }
}
