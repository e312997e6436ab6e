import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { generateRecoveryCode, parseRecoveryCode, type RecoveryCode } from '../otp/recovery-code.ts';
import { beginSealing } from '../rotation/sealing.ts';
import type { Queries } from '../store/queries/index.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Sealer, Vault } from '../vault/vault.ts';
import { type FactorState, factorState } from './factor-state.ts';
import { recoveryCodeRow } from './recovery-code-row.ts';
import { removeFactors } from './remove-factors.ts';

/** What administrators do about a factor. Each act leaves its audit event. All throw `factor_not_found`. */
export interface FactorAdministration {
  find(poolId: string, userId: string): Promise<FactorState>;
  countRecoveryCodes(poolId: string, userId: string): Promise<number>;
  /** Ends throttle and lock; failures count from zero again. */
  unlock(actor: Actor, userId: string): Promise<void>;
  /**
   * Takes the factor away with its recovery codes, so that the user can enrol again.
   *
   * @param factorId where given, only this one: a factor that was replaced in the meantime stays
   */
  reset(actor: Actor, userId: string, factorId?: string): Promise<void>;
  /** Makes the codes that are left unusable and gives a new set, in clear: to be shown once. */
  issueRecoveryCodes(actor: Actor, userId: string, count: number): Promise<string[]>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

export const MAXIMUM_ISSUED_CODES = 20;
export const USUAL_ISSUED_CODES = 10;

export function createFactorAdministration(dependencies: Dependencies): FactorAdministration {
  const { store, vault, audit, clock, randomBytes } = dependencies;

  async function change<Result>(
    actor: Actor,
    userId: string,
    action: string,
    work: (queries: Queries, factor: FactorTable, sealer: Sealer) => Promise<Result>,
  ): Promise<Result> {
    return store.transaction(async (queries) => {
      // First, as it asks to be: before rows are locked.
      const sealer = await beginSealing(queries, vault);
      const [factor] = await queries.factors.findForUpdate(actor.poolId, [userId]);
      if (factor === undefined) throw new FactorportError('factor_not_found');
      const result = await work(queries, factor, sealer);
      const detail = { factorId: factor.factor_id, ...(Array.isArray(result) ? { codes: result.length } : {}) };
      await queries.audit.append([audit.stamp(actor, { action, result: 'ok', userId, detail })]);
      return result;
    }, 'long');
  }

  return {
    async find(poolId, userId) {
      const found = await store.read.factors.find(poolId, userId);
      if (found === undefined) throw new FactorportError('factor_not_found');
      const recoveryCodesLeft = await store.read.recoveryCodes.countLeft(poolId, userId);
      return factorState(found, recoveryCodesLeft, clock());
    },
    countRecoveryCodes: (poolId, userId) => store.read.recoveryCodes.countLeft(poolId, userId),
    unlock: (actor, userId) =>
      change(actor, userId, 'factor.unlock', async (queries) => {
        await queries.factors.unlock(actor.poolId, userId);
      }),
    reset: (actor, userId, factorId) =>
      change(actor, userId, 'factor.reset', async (queries, factor) => {
        if (factorId !== undefined && factor.factor_id !== factorId) throw new FactorportError('factor_not_found');
        await removeFactors(queries, vault, actor.poolId, [userId], clock());
      }),
    issueRecoveryCodes: (actor, userId, count) =>
      change(actor, userId, 'factor.issue-recovery-codes', async (queries, factor, sealer) => {
        const { poolId } = actor;
        const codes = Array.from({ length: count }, () => generateRecoveryCode(randomBytes));
        await queries.recoveryCodes.revokeAll(poolId, userId, clock());
        const owner = { poolId, userId, factorId: factor.factor_id };
        await queries.recoveryCodes.insert(
          codes.map((code) =>
            recoveryCodeRow(sealer, parseRecoveryCode(code) as RecoveryCode, owner, 'issued', clock()),
          ),
        );
        return codes;
      }),
  };
}
