import { createHmac, timingSafeEqual } from 'node:crypto';
import { FactorportError } from '../errors/error.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import { Seed } from '../otp/seed.ts';
import { DIGEST_BYTES, decrypt, encrypt, keyedDigest, wipe } from './cipher.ts';
import type { KeyPurpose, KeyRing, RingKey } from './key-ring.ts';
import type { HeldSealKey, Sealed, SecretKind } from './sealed.ts';

/** What a sealed seed is bound to: it opens only in this place and with these parameters. */
export interface FactorBinding extends OtpParameters {
  readonly poolId: string;
  readonly userId: string;
  readonly factorId: string;
}

export interface RecoveryCodeBinding {
  readonly poolId: string;
  readonly userId: string;
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
 * Turns secrets into what the store may keep. Nothing else in the program encrypts or digests a secret. Get one by
 * `beginSealing` in the transaction that writes the values.
 */
export interface Sealer {
  sealSeed(seed: Seed, binding: FactorBinding): Sealed<'seed'>;
  /** Digests a recovery code and seals the digest: the code itself cannot be read back, by anyone. */
  sealRecoveryCode(code: RecoveryCode, binding: RecoveryCodeBinding): Sealed<'recovery-digest'>;
  sealAccessKeySecret(secret: string, binding: AccessKeyBinding): Sealed<'access-key-secret'>;
  /** Opens a value and seals it again with the newest key. @throws `seal_broken` */
  resealSeed(sealed: Sealed<'seed'>, binding: FactorBinding): Sealed<'seed'>;
  resealRecoveryDigest(sealed: Sealed<'recovery-digest'>, binding: RecoveryCodeBinding): Sealed<'recovery-digest'>;
  resealAccessKeySecret(sealed: Sealed<'access-key-secret'>, binding: AccessKeyBinding): Sealed<'access-key-secret'>;
}

/**
 * Opens what the store keeps.
 *
 * `open*` throw `seal_broken` where the sealed value was changed, belongs elsewhere, or was made with another ring.
 * Before them stands {@link Vault.learn}, wherever the value comes from the database.
 */
export interface Vault {
  /**
   * Makes sure that the ring has the keys of these values: another process may have made one since it was read. Costs
   * a look into a map where it has.
   */
  learn(values: Iterable<Sealed<SecretKind>>): Promise<void>;
  /** The ring key that a value was sealed with. */
  keyIdOf(sealed: Sealed<SecretKind>): number;
  openSeed(sealed: Sealed<'seed'>, binding: FactorBinding): Seed;
  /** Tells, in constant time, whether the sealed digest is that of this code. */
  matchesRecoveryCode(sealed: Sealed<'recovery-digest'>, code: RecoveryCode, binding: RecoveryCodeBinding): boolean;
  /**
   * Recognises codes among a user's stored ones, opening each of these once.
   *
   * @returns for each code the id of the stored one that it is, `undefined` where it is none of them
   */
  recogniseRecoveryCodes(
    codes: readonly RecoveryCode[],
    stored: readonly StoredDigest[],
    owner: Omit<RecoveryCodeBinding, 'codeId'>,
  ): (string | undefined)[];
  openAccessKeySecret(sealed: Sealed<'access-key-secret'>, binding: AccessKeyBinding): string;
  /** The newest HMAC key of management tokens; derived, so that no ring key leaves the vault. */
  tokenKey(): Uint8Array;
  /** By which id a token says that it was signed with {@link tokenKey}. */
  tokenKeyId(): number;
  /** The key that tokens with this id were signed with; `undefined` where it is not there, or was destroyed. */
  findTokenKey(keyId: number): Promise<Uint8Array | undefined>;
  /** The newest seal key that this process knows, and perhaps no longer the newest of the database. */
  sealKeyId(): number;
  /** What seals with a key that a transaction holds. Sealing with it ends with that transaction. */
  sealer(key: HeldSealKey): Promise<Sealer>;
  /** Takes the ring as the database has it now. @throws `unavailable` */
  reload(): Promise<void>;
}

/** Version of the sealed form (1 byte), then the id of the data key (4 bytes, big-endian). */
const HEADER_BYTES = 5;
const FORM_VERSION = 1;

/** In front of a digest: the id of the digest key (4 bytes), then the layer put over it (0: none yet). */
const DIGEST_PREFIX_BYTES = 5;
const NO_LAYER = 0;

/** The vault of a ring. Sealing with it directly is for its own tests: everything else has a {@link Vault}. */
export function createVault(ring: KeyRing): Vault & Sealer {
  const sealer = createSealer(ring);
  return {
    ...sealer,
    async learn(values) {
      for (const sealed of values) if (!ring.has(keyIdOf(sealed))) return ring.reload();
    },
    keyIdOf,
    openSeed: (sealed, binding) => new Seed(unseal(ring, sealed, seedContext(binding))),
    matchesRecoveryCode: (sealed, code, binding) => matchesRecoveryCode(ring, sealed, code, binding),
    recogniseRecoveryCodes: (codes, stored, owner) => recogniseRecoveryCodes(ring, codes, stored, owner),
    openAccessKeySecret: (sealed, binding) => unseal(ring, sealed, accessKeyContext(binding)).toString(),
    tokenKey: () => deriveTokenKey(ring.current('token').key),
    tokenKeyId: () => ring.current('token').keyId,
    async findTokenKey(keyId) {
      if (!ring.has(keyId)) await ring.reload();
      return ring.has(keyId, 'token') ? deriveTokenKey(ring.byId(keyId, 'token')) : undefined;
    },
    sealKeyId: () => ring.current('seal').keyId,
    async sealer(key) {
      if (!ring.has(key)) await ring.reload();
      return createSealer({ ...ring, current: (purpose) => heldOr(ring, key, purpose) });
    },
    reload: ring.reload,
  };
}

function deriveTokenKey(ringKey: Uint8Array): Buffer {
  return createHmac('sha256', ringKey).update('factorport/1/management-token').digest();
}

/** Within one transaction one key seals, also where a newer one is made meanwhile: that is the key which is held. */
function heldOr(ring: KeyRing, keyId: number, purpose: KeyPurpose): RingKey {
  return purpose === 'seal' ? { keyId, key: ring.byId(keyId, 'seal') } : ring.current(purpose);
}

function createSealer(ring: KeyRing): Sealer {
  const reseal = <Kind extends SecretKind>(sealed: Sealed<Kind>, context: Uint8Array) => {
    const message = unseal(ring, sealed, context);
    const resealed = seal<Kind>(ring, message, context);
    wipe(message);
    return resealed;
  };
  return {
    sealSeed: (seed, binding) => seal<'seed'>(ring, seed.bytes, seedContext(binding)),
    sealRecoveryCode: (code, binding) => sealRecoveryCode(ring, code, binding),
    sealAccessKeySecret: (secret, binding) =>
      seal<'access-key-secret'>(ring, Buffer.from(secret), accessKeyContext(binding)),
    resealSeed: (sealed, binding) => reseal(sealed, seedContext(binding)),
    resealRecoveryDigest: (sealed, binding) => reseal(sealed, recoveryCodeContext(binding)),
    resealAccessKeySecret: (sealed, binding) => reseal(sealed, accessKeyContext(binding)),
  };
}

/** 0, which no ring key has, where the value has no readable header. */
function keyIdOf(sealed: Sealed<SecretKind>): number {
  if (sealed.length < HEADER_BYTES || sealed[0] !== FORM_VERSION) return 0;
  return Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).readUInt32BE(1);
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

function sealRecoveryCode(ring: KeyRing, code: RecoveryCode, binding: RecoveryCodeBinding): Sealed<'recovery-digest'> {
  const { keyId, key } = ring.current('digest');
  const message = Buffer.allocUnsafe(DIGEST_PREFIX_BYTES + DIGEST_BYTES);
  message.writeUInt32BE(keyId, 0);
  message.writeUInt8(NO_LAYER, 4);
  message.set(digestRecoveryCode(key, code, binding), DIGEST_PREFIX_BYTES);
  return seal<'recovery-digest'>(ring, message, recoveryCodeContext(binding));
}

function matchesRecoveryCode(
  ring: KeyRing,
  sealed: Sealed<'recovery-digest'>,
  code: RecoveryCode,
  binding: RecoveryCodeBinding,
): boolean {
  const message = unseal(ring, sealed, recoveryCodeContext(binding));
  const key = ring.byId(message.readUInt32BE(0), 'digest');
  const matches = timingSafeEqual(message.subarray(DIGEST_PREFIX_BYTES), digestRecoveryCode(key, code, binding));
  wipe(message);
  return matches;
}

function recogniseRecoveryCodes(
  ring: KeyRing,
  codes: readonly RecoveryCode[],
  stored: readonly StoredDigest[],
  owner: Omit<RecoveryCodeBinding, 'codeId'>,
): (string | undefined)[] {
  const codeIds = new Map<string, string>();
  const prefixes = new Map<string, Uint8Array>();
  for (const { codeId, sealed } of stored) {
    const message = unseal(ring, sealed, recoveryCodeContext({ ...owner, codeId }));
    codeIds.set(message.toString('hex'), codeId);
    const prefix = message.toString('hex', 0, DIGEST_PREFIX_BYTES);
    if (!prefixes.has(prefix)) prefixes.set(prefix, ring.byId(message.readUInt32BE(0), 'digest'));
    wipe(message);
  }
  return codes.map((code) => {
    for (const [prefix, key] of prefixes) {
      const found = codeIds.get(prefix + digestRecoveryCode(key, code, owner).toString('hex'));
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/** Bound to pool and user, so that equal codes of two users have nothing in common (NIST SP 800-63B §5.1.2.2). */
function digestRecoveryCode(key: Uint8Array, code: RecoveryCode, binding: Omit<RecoveryCodeBinding, 'codeId'>): Buffer {
  return keyedDigest(key, context('recovery-code', binding.poolId, binding.userId, code.text));
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
