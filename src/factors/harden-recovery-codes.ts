import { FactorportError } from '../errors/error.ts';
import { beginSealing } from '../rotation/sealing.ts';
import type { RecoveryCodePlace } from '../store/queries/recovery-codes.ts';
import type { RecoveryCodeTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';

const CODES_A_BATCH = 50;
const START: RecoveryCodePlace = { pool_id: '', user_id: '', code_id: '' };

/**
 * Puts the Argon2id layer over recovery codes that need it and have none: imported ones, because stretching them during
 * the import would make it thousands of times slower. One code at a time, on one thread beside the event loop.
 *
 * Several processes may do this at once: a digest is replaced only if it is still the one that was hardened.
 *
 * @param signal ends the work between two codes
 * @returns how many codes were hardened here
 * @throws `seal_broken` where a digest does not open, once all the others are hardened: it must not hold them up
 */
export async function hardenRecoveryCodes(store: Store, vault: Vault, signal: AbortSignal): Promise<number> {
  let hardened = 0;
  let broken: FactorportError | undefined;
  let after = START;

  async function harden(code: RecoveryCodeTable): Promise<void> {
    const { pool_id: poolId, user_id: userId, code_id: codeId } = code;
    const binding = { poolId, userId, codeId };
    await vault.learn([code.sealed_digest]);
    const digest = await vault.hardenRecoveryCode(code.sealed_digest, binding).catch(rememberBroken);
    if (digest === undefined) return;
    const done = await store.transaction(async (queries) => {
      const sealer = await beginSealing(queries, vault);
      return queries.recoveryCodes.harden(code, sealer.resealRecoveryDigest(digest, binding));
    });
    if (done) hardened++;
  }

  function rememberBroken(error: unknown): undefined {
    if (!(error instanceof FactorportError) || error.code !== 'seal_broken') throw error;
    broken ??= error;
  }

  for (;;) {
    const codes = await store.read.recoveryCodes.listToHarden(after, CODES_A_BATCH);
    for (const code of codes) {
      if (signal.aborted) return hardened;
      await harden(code);
    }
    const last = codes.at(-1);
    if (last === undefined) break;
    after = last;
  }
  if (broken !== undefined) throw broken;
  return hardened;
}
