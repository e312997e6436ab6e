import { createHmac, timingSafeEqual } from 'node:crypto';
import { FactorportError } from '../errors/error.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import { Seed } from '../otp/seed.ts';
import { decrypt, encrypt, keyedDigest } from './cipher.ts';
import type { KeyRing } from './key-ring.ts';
import {
  type CodeOwner,
  digestRecoveryCode,
  findMatchingDigests,
  hardenDigest,
  recogniseCodes,
  wipeAll,
} from './recovery-digest.ts';
import type { Sealed, SecretKind, SeedDigest } from './sealed.ts';

/** What a sealed seed is bound to: it opens only in this place and with these parameters. */
export interface FactorBinding extends OtpParameters {
  readonly poolId: string;
  readonly userId: string;
  readonly factorId: string;
}

export interface RecoveryCodeBinding extends CodeOwner {
  readonly codeId: string;
}

export interface StoredDigest {
  readonly codeId: string;
  readonly sealed: Sealed<'recovery-digest'>;
}

export interface AccessKeyBinding {
  readonly poolId: string;
  readonly accessKeyId: string;
  /** As stored. Bound, so that whoever can write to the database cannot give a key more than it was made with. */
  readonly scopes: string;
}

/**
 * Turns secrets into what the store may keep, and back. Nothing else in the program encrypts, decrypts or digests a
 * secret.
 *
 * `open*` throw `seal_broken` where the sealed value was changed, belongs elsewhere, or was made with another ring.
 */
export interface Vault {
  sealSeed(seed: Seed, binding: FactorBinding): Sealed<'seed'>;
  openSeed(sealed: Sealed<'seed'>, binding: FactorBinding): Seed;
  /** Recognises a seed later without keeping it; nothing about the seed can be told from the digest without the ring. */
  digestSeed(seed: Seed, owner: CodeOwner): SeedDigest;
  isSeedOf(digest: SeedDigest, seed: Seed, owner: CodeOwner): boolean;
  /** Digests a recovery code and seals the digest: the code itself cannot be read back, by anyone. */
  sealRecoveryCode(code: RecoveryCode, binding: RecoveryCodeBinding): Sealed<'recovery-digest'>;
  /** Puts the Argon2id layer over the digest of a code that is too short to go without. */
  hardenRecoveryCode(
    sealed: Sealed<'recovery-digest'>,
    binding: RecoveryCodeBinding,
  ): Promise<Sealed<'recovery-digest'>>;
  /** The ids of those of a user's stored codes that a code is: usually one or none. */
  findRecoveryCode(code: RecoveryCode, stored: readonly StoredDigest[], owner: CodeOwner): Promise<string[]>;
  /**
   * Recognises codes among a user's stored ones, opening each of these once. Those with an Argon2id layer are passed
   * over: comparing with them takes too long for an import.
   *
   * @returns for each code the id of the stored one that it is, `undefined` where it is none of them
   */
  recogniseRecoveryCodes(
    codes: readonly RecoveryCode[],
    stored: readonly StoredDigest[],
    owner: CodeOwner,
  ): (string | undefined)[];
  sealAccessKeySecret(secret: string, binding: AccessKeyBinding): Sealed<'access-key-secret'>;
  openAccessKeySecret(sealed: Sealed<'access-key-secret'>, binding: AccessKeyBinding): string;
  /** The HMAC key of management tokens; derived, so that no ring key leaves the vault. */
  tokenKey(): Uint8Array;
  /** The keyed hash that chains audit events, 32 bytes: without the key ring a chain cannot be made anew. */
  auditDigest(message: Uint8Array): Uint8Array;
  /** The HMAC key of the tokens of users, another one. */
  mfaTokenKey(): Uint8Array;
}

/** Version of the sealed form (1 byte), then the id of the data key (4 bytes, big-endian). */
const HEADER_BYTES = 5;
const FORM_VERSION = 1;
const KEY_ID_BYTES = 4;

export function createVault(ring: KeyRing): Vault {
  return {
    sealSeed: (seed, binding) => seal<'seed'>(ring, seed.bytes, seedContext(binding)),
    openSeed: (sealed, binding) => new Seed(unseal(ring, sealed, seedContext(binding))),
    digestSeed: (seed, owner) => digestSeed(ring, seed, owner),
    isSeedOf: (digest, seed, owner) => isSeedOf(ring, digest, seed, owner),
    sealRecoveryCode: (code, binding) =>
      seal<'recovery-digest'>(ring, digestRecoveryCode(ring, code, binding), recoveryCodeContext(binding)),
    async hardenRecoveryCode(sealed, binding) {
      const context = recoveryCodeContext(binding);
      const message = unseal(ring, sealed, context);
      const hardened = await hardenDigest(ring, message, binding);
      const resealed = seal<'recovery-digest'>(ring, hardened, context);
      wipeAll([message, hardened]);
      return resealed;
    },
    async findRecoveryCode(code, stored, owner) {
      const messages = openDigests(ring, stored, owner);
      const places = await findMatchingDigests(ring, code, messages, owner);
      wipeAll(messages);
      return places.map((place) => (stored[place] as StoredDigest).codeId);
    },
    recogniseRecoveryCodes(codes, stored, owner) {
      const messages = openDigests(ring, stored, owner);
      const places = recogniseCodes(ring, codes, messages, owner);
      wipeAll(messages);
      return places.map((place) => (place === undefined ? undefined : stored[place]?.codeId));
    },
    sealAccessKeySecret: (secret, binding) =>
      seal<'access-key-secret'>(ring, Buffer.from(secret), accessKeyContext(binding)),
    openAccessKeySecret: (sealed, binding) => unseal(ring, sealed, accessKeyContext(binding)).toString(),
    tokenKey: () => createHmac('sha256', ring.current('token').key).update('factorport/1/management-token').digest(),
    auditDigest: (message) => keyedDigest(ring.current('audit').key, message),
    mfaTokenKey: () => createHmac('sha256', ring.current('token').key).update('factorport/1/mfa-token').digest(),
  };
}

/** What {@link seal} writes in front; copied before the next call. */
const header = Buffer.alloc(HEADER_BYTES);

function seal<Kind extends SecretKind>(ring: KeyRing, message: Uint8Array, context: Uint8Array): Sealed<Kind> {
  const { keyId, key } = ring.current('seal');
  header.writeUInt8(FORM_VERSION, 0);
  header.writeUInt32BE(keyId, 1);
  return encrypt(key, message, context, header) as Uint8Array as Sealed<Kind>;
}

function unseal(ring: KeyRing, sealed: Uint8Array, context: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(0) !== FORM_VERSION) throw new FactorportError('seal_broken');
  const key = ring.byId(bytes.readUInt32BE(1), 'seal');
  const message = decrypt(key, bytes, context, HEADER_BYTES);
  if (message === undefined) throw new FactorportError('seal_broken');
  return message;
}

function openDigests(ring: KeyRing, stored: readonly StoredDigest[], owner: CodeOwner): Buffer[] {
  return stored.map(({ codeId, sealed }) => unseal(ring, sealed, recoveryCodeContext({ ...owner, codeId })));
}

/** The id of the digest key, then the digest: a newer digest key must not make a seed unknown. */
function digestSeed(ring: KeyRing, seed: Seed, owner: CodeOwner): SeedDigest {
  const { keyId, key } = ring.current('digest');
  const id = Buffer.alloc(KEY_ID_BYTES);
  id.writeUInt32BE(keyId);
  return Buffer.concat([id, seedDigest(key, seed, owner)]) as Uint8Array as SeedDigest;
}

function isSeedOf(ring: KeyRing, digest: SeedDigest, seed: Seed, owner: CodeOwner): boolean {
  const bytes = Buffer.from(digest);
  const key = ring.byId(bytes.readUInt32BE(0), 'digest');
  return timingSafeEqual(bytes.subarray(KEY_ID_BYTES), seedDigest(key, seed, owner));
}

function seedDigest(key: Uint8Array, seed: Seed, { poolId, userId }: CodeOwner): Buffer {
  return keyedDigest(key, Buffer.concat([context('seed-digest', poolId, userId), seed.bytes]));
}

function seedContext(binding: FactorBinding): Buffer {
  const { poolId, userId, factorId, type, algorithm, digits, periodSeconds } = binding;
  return context('seed', poolId, userId, factorId, type, algorithm, digits, periodSeconds);
}

function recoveryCodeContext(binding: RecoveryCodeBinding): Buffer {
  return context('recovery-digest', binding.poolId, binding.userId, binding.codeId);
}

function accessKeyContext(binding: AccessKeyBinding): Buffer {
  return context('access-key-secret', binding.poolId, binding.accessKeyId, binding.scopes);
}

/** JSON of an array of strings and numbers is unambiguous: no two different lists give the same text. */
function context(kind: string, ...parts: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify([`factorport/1/${kind}`, ...parts]));
}
