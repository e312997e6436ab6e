import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Vault } from '../vault/vault.ts';
import type { AccessKeys } from './access-keys.ts';
import { signManagementToken } from './management-token.ts';

export interface TokenIssuer {
  /**
   * Exchanges an access key for a management token.
   *
   * @throws `wrong_credentials`, `access_key_disabled`
   */
  issue(actor: Actor, accessKeyId: string, secret: string): Promise<string>;
}

interface Dependencies {
  readonly accessKeys: AccessKeys;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

export function createTokenIssuer({ accessKeys, vault, audit, clock }: Dependencies): TokenIssuer {
  return {
    async issue(actor, accessKeyId, secret) {
      const key = await accessKeys.check(accessKeyId, secret);
      if (key === undefined) throw new FactorportError('wrong_credentials');
      if (!key.enabled) throw new FactorportError('access_key_disabled');
      const token = await signManagementToken(key, vault.tokenKey('management-token'), clock(), vault.tokenKeyId());
      accessKeys.recordUse(key);
      audit.record(
        { ...actor, poolId: key.poolId, id: key.accessKeyId },
        { action: 'access-key.issue-token', result: 'ok' },
      );
      return token;
    },
  };
}
