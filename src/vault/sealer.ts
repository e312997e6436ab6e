import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { Seed } from '../otp/seed.ts';
import { wipe } from './cipher.ts';
import type { KeyPurpose, KeyRing, RingKey } from './key-ring.ts';
import { digestRecoveryCode } from './recovery-digest.ts';
import type { Sealed, SecretKind } from './sealed.ts';
import {
  type AccessKeyBinding,
  accessKeyContext,
  type FactorBinding,
  type JobBinding,
  jobContext,
  type RecoveryCodeBinding,
  recoveryCodeContext,
  seal,
  seedContext,
  unseal,
} from './sealed-form.ts';

/**
 * Turns secrets into what the store may keep. Nothing else in the program encrypts or digests a secret. Get one by
 * `beginSealing` in the transaction that writes the values.
 */
export interface Sealer {
  sealSeed(seed: Seed, binding: FactorBinding): Sealed<'seed'>;
  /** Digests a recovery code and seals the digest: the code itself cannot be read back, by anyone. */
  sealRecoveryCode(code: RecoveryCode, binding: RecoveryCodeBinding): Sealed<'recovery-digest'>;
  sealAccessKeySecret(secret: string, binding: AccessKeyBinding): Sealed<'access-key-secret'>;
  /** What opens the uploaded file of an import job, as JSON text. */
  sealJobSecrets(secrets: string, binding: JobBinding): Sealed<'job-secrets'>;
  /** Opens a value and seals it again with the newest key. @throws `seal_broken` */
  resealSeed(sealed: Sealed<'seed'>, binding: FactorBinding): Sealed<'seed'>;
  resealRecoveryDigest(sealed: Sealed<'recovery-digest'>, binding: RecoveryCodeBinding): Sealed<'recovery-digest'>;
  resealAccessKeySecret(sealed: Sealed<'access-key-secret'>, binding: AccessKeyBinding): Sealed<'access-key-secret'>;
  resealJobSecrets(sealed: Sealed<'job-secrets'>, binding: JobBinding): Sealed<'job-secrets'>;
}

export function createSealer(ring: KeyRing): Sealer {
  const reseal = <Kind extends SecretKind>(sealed: Sealed<Kind>, context: Uint8Array) => {
    const message = unseal(ring, sealed, context);
    const resealed = seal<Kind>(ring, message, context);
    wipe(message);
    return resealed;
  };
  return {
    sealSeed: (seed, binding) => seal<'seed'>(ring, seed.bytes, seedContext(binding)),
    sealRecoveryCode: (code, binding) =>
      seal<'recovery-digest'>(ring, digestRecoveryCode(ring, code, binding), recoveryCodeContext(binding)),
    sealAccessKeySecret: (secret, binding) =>
      seal<'access-key-secret'>(ring, Buffer.from(secret), accessKeyContext(binding)),
    sealJobSecrets: (secrets, binding) => seal<'job-secrets'>(ring, Buffer.from(secrets), jobContext(binding)),
    resealSeed: (sealed, binding) => reseal(sealed, seedContext(binding)),
    resealRecoveryDigest: (sealed, binding) => reseal(sealed, recoveryCodeContext(binding)),
    resealAccessKeySecret: (sealed, binding) => reseal(sealed, accessKeyContext(binding)),
    resealJobSecrets: (sealed, binding) => reseal(sealed, jobContext(binding)),
  };
}

/** Within one transaction one key seals, also where a newer one is made meanwhile: that is the key which is held. */
export function withHeldKey(ring: KeyRing, keyId: number): KeyRing {
  const current = (purpose: KeyPurpose): RingKey =>
    purpose === 'seal' ? { keyId, key: ring.byId(keyId, 'seal') } : ring.current(purpose);
  return { ...ring, current };
}
