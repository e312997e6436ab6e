import { FactorportError } from '../errors/error.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import { decrypt, encrypt } from './cipher.ts';
import type { KeyRing } from './key-ring.ts';
import type { CodeOwner } from './recovery-digest.ts';
import type { Sealed, SecretKind } from './sealed.ts';

/** What a sealed seed is bound to: it opens only in this place and with these parameters. */
export interface FactorBinding extends OtpParameters {
  readonly poolId: string;
  readonly userId: string;
  readonly factorId: string;
}

export interface RecoveryCodeBinding extends CodeOwner {
  readonly codeId: string;
}

export interface AccessKeyBinding {
  readonly poolId: string;
  readonly accessKeyId: string;
  /** As stored. Bound, so that whoever can write to the database cannot give a key more than it was made with. */
  readonly scopes: string;
}

export interface JobBinding {
  readonly poolId: string;
  readonly jobId: string;
}

/** Version of the sealed form (1 byte), then the id of the data key (4 bytes, big-endian). */
const HEADER_BYTES = 5;
const FORM_VERSION = 1;

/** What {@link seal} writes in front; copied before the next call. */
const header = Buffer.alloc(HEADER_BYTES);

export function seal<Kind extends SecretKind>(ring: KeyRing, message: Uint8Array, context: Uint8Array): Sealed<Kind> {
  const { keyId, key } = ring.current('seal');
  header.writeUInt8(FORM_VERSION, 0);
  header.writeUInt32BE(keyId, 1);
  return encrypt(key, message, context, header) as Uint8Array as Sealed<Kind>;
}

/** @throws `seal_broken` */
export function unseal(ring: KeyRing, sealed: Uint8Array, context: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(0) !== FORM_VERSION) throw new FactorportError('seal_broken');
  const key = ring.byId(bytes.readUInt32BE(1), 'seal');
  const message = decrypt(key, bytes, context, HEADER_BYTES);
  if (message === undefined) throw new FactorportError('seal_broken');
  return message;
}

/** 0, which no ring key has, where the value has no readable header. */
export function keyIdOf(sealed: Sealed<SecretKind>): number {
  if (sealed.length < HEADER_BYTES || sealed[0] !== FORM_VERSION) return 0;
  return Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).readUInt32BE(1);
}

export function seedContext(binding: FactorBinding): Buffer {
  const { poolId, userId, factorId, type, algorithm, digits, periodSeconds } = binding;
  return context('seed', poolId, userId, factorId, type, algorithm, digits, periodSeconds);
}

export function recoveryCodeContext(binding: RecoveryCodeBinding): Buffer {
  return context('recovery-digest', binding.poolId, binding.userId, binding.codeId);
}

export function accessKeyContext(binding: AccessKeyBinding): Buffer {
  return context('access-key-secret', binding.poolId, binding.accessKeyId, binding.scopes);
}

export function jobContext(binding: JobBinding): Buffer {
  return context('job-secrets', binding.poolId, binding.jobId);
}

/** JSON of an array of strings and numbers is unambiguous: no two different lists give the same text. */
export function context(kind: string, ...parts: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify([`factorport/1/${kind}`, ...parts]));
}
