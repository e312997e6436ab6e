import { beginSealing } from '../rotation/sealing.ts';
import type { RecoveryCodePlace } from '../store/queries/recovery-codes.ts';
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
 * @returns how many codes were hardened
 */
export async function hardenRecoveryCodes(store: Store, vault: Vault, signal: AbortSignal): Promise<number> {
  let hardened = 0;
  let after = START;
  for (;;) {
    const codes = await store.read.recoveryCodes.listToHarden(after, CODES_A_BATCH);
    for (const code of codes) {
      if (signal.aborted) return hardened;
      const { pool_id: poolId, user_id: userId, code_id: codeId } = code;
      const binding = { poolId, userId, codeId };
      await vault.learn([code.sealed_digest]);
      const digest = await vault.hardenRecoveryCode(code.sealed_digest, binding);
      await store.transaction(async (queries) => {
        const sealer = await beginSealing(queries, vault);
        await queries.recoveryCodes.harden(code, sealer.resealRecoveryDigest(digest, binding));
      });
      hardened++;
    }
    const last = codes.at(-1);
    if (last === undefined) return hardened;
    after = last;
  }
}
