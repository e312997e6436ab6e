import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NamedKey, RateLimits } from './rate-limit.ts';

/** The rest of a larger body is not waited for. */
const LARGEST_BODY_DRAINED = 1024 * 1024;

/** @throws `rate_limited`, after whose answer the connection ends if a large body is on its way */
export async function admitAddress(
  limits: RateLimits,
  request: FastifyRequest,
  reply: FastifyReply,
  namedKey: () => NamedKey | undefined,
): Promise<void> {
  try {
    await limits.admitAddress(request.ip, namedKey);
  } catch (refusal) {
    if (announcesLargeBody(request)) reply.header('connection', 'close');
    throw refusal;
  }
}

/**
 * Whether the rest of a body is not worth waiting for. Node reads what nobody took before it takes the next request of
 * the connection, which suits a small body: a client that is still sending must not lose its answer.
 */
function announcesLargeBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > LARGEST_BODY_DRAINED;
}

/**
 * Remembers and counts a key that was just proven. A refusal comes before the key becomes the actor: like those of
 * strangers, few of its events are kept.
 *
 * @throws `rate_limited`
 */
export async function countKey(limits: RateLimits, request: FastifyRequest, accessKeyId: string): Promise<void> {
  request.provenKeyId = accessKeyId;
  request.outcome = { ...request.outcome, accessKeyId };
  limits.rememberProof(request.ip, accessKeyId);
  await limits.admitKey(accessKeyId);
}

/**
 * Whether the answer of a request counts against its address: neither an access key nor a user was proven. Faults of ours are nobody's
 * attempt, and what was refused for its number is not counted once more.
 */
export function isCharged({ provenKeyId, user, outcome }: FastifyRequest): boolean {
  const { error, statusCode = 200 } = outcome ?? {};
  const isProven = provenKeyId !== undefined || user !== undefined;
  return !isProven && error !== 'rate_limited' && statusCode !== 500 && statusCode !== 503;
}
