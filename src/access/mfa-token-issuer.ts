import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { newId } from '../ids.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { signMfaToken } from './mfa-token.ts';

export interface MfaTokenIssuer {
  /**
   * Makes a token with which a user that the caller has logged in may use the user endpoints. It is given out once the
   * audit event that says so is on the disk.
   *
   * @param actor the access key that asks
   * @param userId a user of its pool that exists
   */
  issue(actor: Actor, userId: string): Promise<{ token: string; expiresAt: number }>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

export function createMfaTokenIssuer({ store, vault, audit, clock }: Dependencies): MfaTokenIssuer {
  return {
    async issue(actor, userId) {
      const now = clock();
      const tokenId = newId(now);
      const named = { tokenId, poolId: actor.poolId, userId, accessKeyId: actor.id };
      const issued = await signMfaToken(named, { key: vault.tokenKey('mfa-token'), keyId: vault.tokenKeyId() }, now);
      const event = audit.stamp(actor, { action: 'mfa-token.issue', result: 'ok', userId, detail: { tokenId } });
      await store.transaction((queries) => queries.audit.append([event]));
      return issued;
    },
  };
}
