import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { openFactorSeed } from '../factors/open-factor-seed.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';

export interface SecretReader {
  /**
   * Gives a user's seed back in base32, once the audit event that says so is on the disk.
   *
   * @throws `factor_not_found`
   */
  read(actor: Actor, userId: string): Promise<string>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
}

export function createSecretReader({ store, vault, audit }: Dependencies): SecretReader {
  return {
    async read(actor, userId) {
      const factor = await store.read.factors.find(actor.poolId, userId);
      if (factor === undefined) throw new FactorportError('factor_not_found');
      await vault.learn([factor.sealed_seed]);
      // Opened first, so that the event tells of no reading that failed; told only after the event is on the disk.
      const seed = openFactorSeed(vault, factor);
      const secret = seed.toBase32();
      seed.wipe();
      const event = audit.stamp(actor, { action: 'otp.read-secret', result: 'ok', userId });
      await store.transaction((queries) => queries.audit.append([event]));
      return secret;
    },
  };
}
