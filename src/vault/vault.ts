import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import { Seed } from '../otp/seed.ts';
import { keyedDigest } from './cipher.ts';
import type { KeyRing, WrappedRingKey } from './key-ring.ts';
import { type LentKeys, lendKeys } from './lent-keys.ts';
import { type CodeOwner, findMatchingDigests, hardenDigest, recogniseCodes, wipeAll } from './recovery-digest.ts';
import type { HeldSealKey, Sealed, SecretKind, SeedDigest } from './sealed.ts';
import {
  type AccessKeyBinding,
  accessKeyContext,
  context,
  type FactorBinding,
  type JobBinding,
  jobContext,
  keyIdOf,
  type RecoveryCodeBinding,
  recoveryCodeContext,
  seal,
  seedContext,
  unseal,
} from './sealed-form.ts';
import { createSealer, type Sealer, withHeldKey } from './sealer.ts';

export type { AccessKeyBinding, FactorBinding, JobBinding, RecoveryCodeBinding, Sealer };

export interface StoredDigest {
  readonly codeId: string;
  readonly sealed: Sealed<'recovery-digest'>;
  /** Whether the code was used or revoked; where absent it was not. */
  readonly isUsed?: boolean;
}

/** Whose tokens an HMAC key signs. Neither kind passes for the other. */
export type TokenKind = 'management-token' | 'mfa-token';

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
  /** Recognises a seed later without keeping it; nothing about the seed can be told from the digest without the ring. */
  digestSeed(seed: Seed, owner: CodeOwner): SeedDigest;
  isSeedOf(digest: SeedDigest, seed: Seed, owner: CodeOwner): boolean;
  /**
   * Puts the Argon2id layer over the digest of a code that is too short to go without. It is sealed with the key that is
   * current now: whoever writes it seals it again in the transaction.
   */
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
  openAccessKeySecret(sealed: Sealed<'access-key-secret'>, binding: AccessKeyBinding): string;
  openJobSecrets(sealed: Sealed<'job-secrets'>, binding: JobBinding): string;
  /** The newest HMAC key of a kind of token; derived, so that no ring key leaves the vault. */
  tokenKey(kind: TokenKind): Uint8Array;
  /** By which id a token says that it was signed with {@link tokenKey}. */
  tokenKeyId(): number;
  /** The key that tokens with this id were signed with; `undefined` where it is not there, or was destroyed. */
  findTokenKey(kind: TokenKind, keyId: number): Promise<Uint8Array | undefined>;
  /** The keyed hash that chains audit events, 32 bytes: without the key ring a chain cannot be made anew. */
  auditDigest(message: Uint8Array): Uint8Array;
  /** The keys that a sealer in another thread needs: see [Note: sealing ahead]. @throws `seal_broken` */
  lendKeys(sealKeyId: number): LentKeys;
  /** What {@link SealedFile.digest} is made with. Derived, so that no ring key leaves the vault. */
  fileDigestKey(): Uint8Array;
  /** The newest seal key that this process knows, and perhaps no longer the newest of the database. */
  sealKeyId(): number;
  /**
   * What seals with a key that a transaction holds. Sealing with it ends with that transaction.
   *
   * @param readRing reads the ring in that transaction, where the key is not known yet
   * @throws `unavailable` where the key cannot be unwrapped
   */
  sealer(key: HeldSealKey, readRing: () => Promise<readonly WrappedRingKey[]>): Promise<Sealer>;
  /** Takes the ring as the database has it now. @throws `unavailable` */
  reload(): Promise<void>;
}

const KEY_ID_BYTES = 4;

/** The vault of a ring. Sealing with it directly is for its own tests: everything else has a {@link Vault}. */
export function createVault(ring: KeyRing): Vault & Sealer {
  return {
    ...createSealer(ring),
    ...createSeedDigests(ring),
    ...createRecoveryDigests(ring),
    ...createTokenKeys(ring),
    async learn(values) {
      for (const sealed of values) if (!ring.has(keyIdOf(sealed))) return ring.reload();
    },
    keyIdOf,
    openSeed: (sealed, binding) => new Seed(unseal(ring, sealed, seedContext(binding))),
    openAccessKeySecret: (sealed, binding) => unseal(ring, sealed, accessKeyContext(binding)).toString(),
    openJobSecrets: (sealed, binding) => unseal(ring, sealed, jobContext(binding)).toString(),
    auditDigest: (message) => keyedDigest(ring.current('audit').key, message),
    lendKeys: (sealKeyId) => lendKeys(ring, sealKeyId),
    fileDigestKey: () => keyedDigest(ring.current('digest').key, Buffer.from('factorport/1/file-digest')),
    sealKeyId: () => ring.current('seal').keyId,
    async sealer(key, readRing) {
      if (!ring.has(key)) await ring.learn(readRing);
      return createSealer(withHeldKey(ring, key));
    },
    reload: ring.reload,
  };
}

function createTokenKeys(ring: KeyRing): Pick<Vault, 'tokenKey' | 'tokenKeyId' | 'findTokenKey'> {
  const derive = (kind: TokenKind, ringKey: Uint8Array) =>
    createHmac('sha256', ringKey).update(`factorport/1/${kind}`).digest();
  return {
    tokenKey: (kind) => derive(kind, ring.current('token').key),
    tokenKeyId: () => ring.current('token').keyId,
    async findTokenKey(kind, keyId) {
      if (!ring.has(keyId)) await ring.reload();
      return ring.has(keyId, 'token') ? derive(kind, ring.byId(keyId, 'token')) : undefined;
    },
  };
}

function createRecoveryDigests(
  ring: KeyRing,
): Pick<Vault, 'hardenRecoveryCode' | 'findRecoveryCode' | 'recogniseRecoveryCodes'> {
  const openAll = (stored: readonly StoredDigest[], owner: CodeOwner) =>
    stored.map(({ codeId, sealed }) => unseal(ring, sealed, recoveryCodeContext({ ...owner, codeId })));
  return {
    async hardenRecoveryCode(sealed, binding) {
      const place = recoveryCodeContext(binding);
      const message = unseal(ring, sealed, place);
      const hardened = await hardenDigest(ring, message, binding);
      const resealed = seal<'recovery-digest'>(ring, hardened, place);
      wipeAll([message, hardened]);
      return resealed;
    },
    async findRecoveryCode(code, stored, owner) {
      const messages = openAll(stored, owner);
      const places = await findMatchingDigests(ring, code, messages, (place) => stored[place]?.isUsed === true, owner);
      wipeAll(messages);
      return places.map((place) => (stored[place] as StoredDigest).codeId);
    },
    recogniseRecoveryCodes(codes, stored, owner) {
      const messages = openAll(stored, owner);
      const places = recogniseCodes(ring, codes, messages, owner);
      wipeAll(messages);
      return places.map((place) => (place === undefined ? undefined : stored[place]?.codeId));
    },
  };
}

/** The id of the digest key, then the digest: a newer digest key must not make a seed unknown. */
function createSeedDigests(ring: KeyRing): Pick<Vault, 'digestSeed' | 'isSeedOf'> {
  const digest = (key: Uint8Array, seed: Seed, { poolId, userId }: CodeOwner) =>
    keyedDigest(key, Buffer.concat([context('seed-digest', poolId, userId), seed.bytes]));
  return {
    digestSeed(seed, owner) {
      const { keyId, key } = ring.current('digest');
      const id = Buffer.alloc(KEY_ID_BYTES);
      id.writeUInt32BE(keyId);
      return Buffer.concat([id, digest(key, seed, owner)]) as Uint8Array as SeedDigest;
    },
    isSeedOf(sealed, seed, owner) {
      const bytes = Buffer.from(sealed);
      const key = ring.byId(bytes.readUInt32BE(0), 'digest');
      return timingSafeEqual(bytes.subarray(KEY_ID_BYTES), digest(key, seed, owner));
    },
  };
}
