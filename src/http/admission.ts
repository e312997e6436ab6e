import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessKey } from '../access/access-keys.ts';
import { type CredentialHeaders, namedAccessKey } from '../access/authenticate.ts';
import type { SignedRequest } from '../access/signature.ts';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import { admitAddress, countKey } from './limit-requests.ts';
import { ANY_KEY, type RateLimits } from './rate-limit.ts';
import type { PublicCall, PublicRoute, Route } from './route.ts';

/** A route's handler with the caller put in. */
type Handle = (call: PublicCall, input: never) => Promise<unknown>;

/** A caller whose headers are in order. */
export interface Admission {
  /**
   * Asks for the rest of the proof, and writes down on the request who the caller is.
   *
   * @throws what the proof throws; `scope_missing`
   */
  finish(request: FastifyRequest, signed: SignedRequest): Promise<Handle>;
}

/**
 * Asks, in the way of the route, who is calling, as far as the headers tell: what can be refused before the body is read
 * is refused here.
 *
 * @throws what `identify` of the route's authenticator throws
 */
export async function beginAdmission(
  { services, limits, route }: { services: Services; limits: RateLimits; route: Route },
  request: FastifyRequest,
  reply: FastifyReply,
  headers: CredentialHeaders,
): Promise<Admission> {
  const isNamedByBody = route.scope === 'public' && route.provenKey !== undefined;
  await admitAddress(limits, request, reply, () => (isNamedByBody ? ANY_KEY : namedAccessKey(headers)));
  if (route.scope === 'public') return { finish: async () => handlePublic(limits, route, request) };
  if (route.scope === 'user') {
    const claim = await services.userAuthenticator.identify(headers);
    return {
      async finish(request) {
        const user = await claim.prove();
        request.user = user;
        await limits.admitUser(user);
        return (call, input) => route.handle({ ...call, user }, input);
      },
    };
  }
  if (route.upload !== undefined && isSigned(headers)) throw new FactorportError('upload_needs_token');
  const claim = await services.authenticator.identify(headers);
  return {
    async finish(request, signed) {
      const key = await claim.prove(signed);
      await countKey(limits, request, key.accessKeyId);
      request.key = key;
      requireScope(key, route.scope);
      return (call, input) => route.handle({ ...call, key }, input);
    },
  };
}

/** Whether a caller means to sign: a signature covers the body, which an upload never has whole. */
function isSigned({ authorization }: CredentialHeaders): boolean {
  return authorization.some((header) => /^authing\b/i.test(header.trim()));
}

function handlePublic(limits: RateLimits, route: PublicRoute, request: FastifyRequest): Handle {
  return async (call, input) => {
    const keyId = route.provenKey?.(input);
    if (keyId !== undefined) await limits.admitAddress(request.ip, () => keyId);
    const data = await route.handle(call, input);
    if (keyId !== undefined) await countKey(limits, request, keyId);
    return data;
  };
}

/** @throws `scope_missing` */
export function requireScope(key: AccessKey, scope: AccessKey['scopes'][number]): void {
  if (!key.scopes.includes(scope)) throw new FactorportError('scope_missing', { parameters: { scope } });
}
