import type { AccessKeys } from './access/access-keys.ts';
import { createTokenIntrospector, type TokenIntrospector } from './access/introspect-token.ts';
import { createMfaTokenIssuer, type MfaTokenIssuer } from './access/mfa-token-issuer.ts';
import type { OidcSettings } from './access/oidc-token.ts';
import { createUserAuthenticator, type UserAuthenticator } from './access/user-authenticator.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { Config } from './config.ts';
import type { FactorAdministration } from './factors/administration.ts';
import { createEnrolments, type Enrolments } from './factors/enrolments.ts';
import { createOwnFactors, type OwnFactors } from './factors/own-factors.ts';
import { createVerifiedTokens, type VerifiedTokens } from './factors/verified-tokens.ts';
import type { RandomBytes } from './otp/generate-seed.ts';
import type { Store } from './store/store.ts';
import type { Users } from './users/users.ts';
import type { Vault } from './vault/vault.ts';

/** What users do for themselves, and what lets them. */
export interface UserServices {
  readonly userAuthenticator: UserAuthenticator;
  readonly mfaTokenIssuer: MfaTokenIssuer;
  readonly tokenIntrospector: TokenIntrospector;
  readonly verifiedTokens: VerifiedTokens;
  readonly enrolments: Enrolments;
  readonly ownFactors: OwnFactors;
}

interface Dependencies {
  readonly config: Config;
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly accessKeys: AccessKeys;
  readonly users: Users;
  readonly factors: FactorAdministration;
  /** The pool whose users the OpenID provider knows. */
  readonly defaultPoolId: string;
  readonly clock: () => number;
  /** The time by which codes are judged. @throws `clock_behind` */
  readonly guardedClock: () => number;
  readonly randomBytes: RandomBytes;
  readonly onError: (error: unknown) => void;
}

export function createUserServices(dependencies: Dependencies): UserServices {
  const { config, store, vault, audit, accessKeys, users, defaultPoolId, clock, randomBytes, onError } = dependencies;
  const userAuthenticator = createUserAuthenticator({
    ...{ store, vault, accessKeys, clock, onError },
    oidc: oidcSettings(config),
    oidcPoolId: defaultPoolId,
    findUser: (poolId, name, type) => users.find(poolId, name, type === 'claim' ? config.oidcUserIdType : type),
  });
  return {
    userAuthenticator,
    mfaTokenIssuer: createMfaTokenIssuer({ store, vault, audit, clock }),
    tokenIntrospector: createTokenIntrospector({ store, userAuthenticator }),
    verifiedTokens: createVerifiedTokens({ store, clock }),
    enrolments: createEnrolments({
      ...{ store, vault, audit, randomBytes },
      clock: dependencies.guardedClock,
      issuerName: config.issuerName,
      windowSteps: config.verifyWindowSteps,
    }),
    ownFactors: createOwnFactors({ store, administration: dependencies.factors }),
  };
}

function oidcSettings({ oidcIssuer, oidcAudience, oidcUserClaim }: Config): OidcSettings | undefined {
  if (oidcIssuer === undefined || oidcAudience === undefined) return undefined;
  return { issuer: oidcIssuer, audience: oidcAudience, userClaim: oidcUserClaim };
}
