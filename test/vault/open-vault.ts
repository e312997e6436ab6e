import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { FactorportError } from '../../src/errors/error.ts';
import type { ErrorCode } from '../../src/errors/table.ts';
import type { RecoveryCode } from '../../src/otp/recovery-code.ts';
import { createRingKeys, openKeyRing, type WrappedRingKey } from '../../src/vault/key-ring.ts';
import { masterKeyFromText } from '../../src/vault/master-key/text.ts';
import type { MasterKey } from '../../src/vault/master-key.ts';
import type { Sealed } from '../../src/vault/sealed.ts';
import { createVault, type RecoveryCodeBinding, type Sealer, type Vault } from '../../src/vault/vault.ts';

export function newMasterKey(): MasterKey {
  return masterKeyFromText(randomBytes(32).toString('base64'), 'test');
}

export interface TestVault {
  readonly vault: Vault & Sealer;
  readonly masterKey: MasterKey;
  readonly wrappedKeys: readonly WrappedRingKey[];
}

/** A vault with a master key and a ring of its own. */
export async function openTestVault(): Promise<TestVault> {
  const masterKey = newMasterKey();
  const wrappedKeys = await createRingKeys(masterKey);
  return { vault: createVault(await openKeyRing(masterKey, wrappedKeys)), masterKey, wrappedKeys };
}

/** Expects that work is refused for one reason, and for no other. */
export function expectRefused(work: () => unknown, code: ErrorCode): void {
  let refusal: unknown;
  try {
    work();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(FactorportError);
  expect((refusal as FactorportError).code).toBe(code);
}

/** Whether the sealed digest is that of this code; it must have no Argon2id layer. */
export function matchesRecoveryCode(
  vault: Vault,
  sealed: Sealed<'recovery-digest'>,
  code: RecoveryCode,
  { poolId, userId, codeId }: RecoveryCodeBinding,
): boolean {
  return vault.recogniseRecoveryCodes([code], [{ codeId, sealed }], { poolId, userId })[0] === codeId;
}
