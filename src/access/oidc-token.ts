import { createHash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose';
import { FactorportError } from '../errors/error.ts';

/** By whom tokens are made, for whom, and which of their claims names the user. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly userClaim: string;
}

export interface OidcToken {
  /** Digest of the token's id, or of the token where it has none. */
  readonly tokenId: string;
  /** What the user claim holds. */
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Asymmetric ones only: with a symmetric one, everybody who can check a token could make one. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** RFC 9068 §2.1 says `at+jwt`; many providers write `JWT` or nothing. Not logout tokens, proofs and the like. */
const TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt', '']);
/** By how much the provider's clock may differ from ours. */
const CLOCK_TOLERANCE_SECONDS = 30;
const MAXIMUM_USER_LENGTH = 512;
/** What says whether the user has shown that the address is theirs (OpenID Connect Core §5.1). */
const VERIFIED_CLAIMS = new Map([
  ['email', 'email_verified'],
  ['phone_number', 'phone_number_verified'],
]);

/**
 * Checks an access token of the company's own provider (RFC 9068 §4, RFC 7519 §7.2).
 *
 * @throws `user_token_expired`, `user_token_invalid`, `identity_provider_unreachable`
 */
export async function verifyOidcToken(
  jwt: string,
  settings: OidcSettings,
  getKey: JWTVerifyGetKey,
  now: number,
): Promise<OidcToken> {
  const { protectedHeader, payload } = await verify(jwt, settings, getKey, now);
  if (!TOKEN_TYPES.has((protectedHeader.typ ?? '').toLowerCase())) throw new FactorportError('user_token_invalid');
  // RFC 7800 §3: the token is bound to a key that its bearer would have to prove, which no client does here.
  if (payload.cnf !== undefined) throw new FactorportError('user_token_invalid');
  return {
    tokenId: createHash('sha256')
      .update(idIn(payload) ?? jwt)
      .digest('base64url'),
    user: userIn(payload, settings.userClaim),
    expiresAt: Number(payload.exp) * 1000,
  };
}

async function verify(
  jwt: string,
  { issuer, audience, userClaim }: OidcSettings,
  getKey: JWTVerifyGetKey,
  now: number,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(jwt, getKey, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ['exp', userClaim],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
  } catch (error) {
    if (error instanceof FactorportError) throw error;
    const code = error instanceof errors.JWTExpired ? 'user_token_expired' : 'user_token_invalid';
    throw new FactorportError(code, { cause: error });
  }
}

/** An id is a text that tells tokens apart (RFC 7519 §4.1.7); anything else is none. */
function idIn({ jti }: { readonly jti?: unknown }): string | undefined {
  return typeof jti === 'string' && jti !== '' ? jti : undefined;
}

function userIn(payload: JWTPayload, claim: string): string {
  const user = payload[claim];
  const verifiedClaim = VERIFIED_CLAIMS.get(claim);
  // Anyone may write somebody else's address into their own account; the provider says here that nobody has checked.
  const isUnverified = verifiedClaim !== undefined && String(payload[verifiedClaim] ?? true) !== 'true';
  const isName = typeof user === 'string' && user !== '' && user.length <= MAXIMUM_USER_LENGTH && isStorable(user);
  if (!isName || isUnverified) throw new FactorportError('user_token_invalid');
  return user;
}

/** Databases keep neither NUL nor half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
