import { FactorportError } from '../errors/error.ts';
import type { Verified } from '../verify/verifier.ts';
import type { PublicCall } from './route.ts';

/** Refusals of a code, of which src/verify/ itself leaves an audit event, with the user. */
const AUDITED: ReadonlySet<string> = new Set(['code_wrong', 'verification_throttled', 'factor_locked']);

/** Runs work that leaves an audit event of its own when it succeeds or refuses a code, so that there is only that one. */
export async function withOwnAuditEvent<Result>(call: PublicCall, work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await work();
    call.markAudited();
    return result;
  } catch (error) {
    if (error instanceof FactorportError && AUDITED.has(error.code)) call.markAudited();
    throw error;
  }
}

/** Verifies a user's code, whoever calls. @throws what the verifier throws */
export function verifyCode(call: PublicCall, userId: string, code: string): Promise<Verified> {
  return withOwnAuditEvent(call, () => call.services.verifier.verify(call.actor, userId, code));
}
