import { timingSafeEqual } from 'node:crypto';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import { DIGEST_BYTES, keyedDigest, stretch, wipe } from './cipher.ts';
import type { KeyRing } from './key-ring.ts';

/*
 * What is sealed of a recovery code: the id of the digest key (4 bytes, big-endian), the layer over the digest (1 byte),
 * the digest (32 bytes). The digest is a keyed BLAKE2b over pool, user and code; with a layer, Argon2id of that.
 */
const PREFIX_BYTES = 5;
const NO_LAYER = 0;
const ARGON2ID_LAYER = 1;

/** Whose a code is. Digests are bound to it, so that equal codes of two users have nothing in common. */
export interface CodeOwner {
  readonly poolId: string;
  readonly userId: string;
}

/** The message to seal for a code, without a layer. */
export function digestRecoveryCode(ring: KeyRing, code: RecoveryCode, owner: CodeOwner): Buffer {
  const { keyId, key } = ring.current('digest');
  const message = Buffer.allocUnsafe(PREFIX_BYTES + DIGEST_BYTES);
  message.writeUInt32BE(keyId, 0);
  message.writeUInt8(NO_LAYER, 4);
  message.set(codeDigest(key, code, owner), PREFIX_BYTES);
  return message;
}

/**
 * Puts the Argon2id layer over a digest that has none (NIST SP 800-63B §5.1.2.2: look-up secrets of less than 112 bits
 * are to be stretched). The code itself is not needed.
 */
export async function hardenDigest(ring: KeyRing, message: Buffer, owner: CodeOwner): Promise<Buffer> {
  if (hasLayer(message)) return message;
  const key = ring.byId(message.readUInt32BE(0), 'digest');
  const hardened = Buffer.from(message);
  hardened.writeUInt8(ARGON2ID_LAYER, 4);
  hardened.set(await stretch(message.subarray(PREFIX_BYTES), saltOf(key, owner)), PREFIX_BYTES);
  return hardened;
}

export function hasLayer(message: Uint8Array): boolean {
  return message[4] === ARGON2ID_LAYER;
}

/**
 * Tells which of a user's digests are those of a code. Digests without a layer are compared first; unless one of them
 * says that the code is used, Argon2id is run, once for each digest key however many codes the user has, because its
 * salt is the user's.
 *
 * @param messages opened digests of one user
 * @param isUsed whether the code of a place was used
 * @returns the places of all that match: an import of codes that were there already may leave a code twice
 */
export async function findMatchingDigests(
  ring: KeyRing,
  code: RecoveryCode,
  messages: readonly Buffer[],
  isUsed: (place: number) => boolean,
  owner: CodeOwner,
): Promise<number[]> {
  const found: number[] = [];
  const stretched = new Map<number, Buffer>();
  const byLayer = [...messages.entries()].sort(([, one], [, other]) => Number(hasLayer(one)) - Number(hasLayer(other)));
  for (const [place, message] of byLayer) {
    const keyId = message.readUInt32BE(0);
    const key = ring.byId(keyId, 'digest');
    if (!hasLayer(message)) {
      if (isDigest(message, codeDigest(key, code, owner))) found.push(place);
      continue;
    }
    // What a used code left has no layer. A code that has just come again by an import has none either, but the same
    // code may have been revoked before.
    if (found.some(isUsed)) break;
    const digest = stretched.get(keyId) ?? (await stretch(codeDigest(key, code, owner), saltOf(key, owner)));
    stretched.set(keyId, digest);
    if (isDigest(message, digest)) found.push(place);
  }
  return found;
}

/**
 * Recognises codes among digests that have no layer, quickly; with a layer each comparison would cost an Argon2id.
 *
 * @returns for each code the place of its digest, `undefined` where it is none of them
 */
export function recogniseCodes(
  ring: KeyRing,
  codes: readonly RecoveryCode[],
  messages: readonly Buffer[],
  owner: CodeOwner,
): (number | undefined)[] {
  const places = new Map<string, number>();
  const keys = new Map<string, Uint8Array>();
  for (const [place, message] of messages.entries()) {
    if (hasLayer(message)) continue;
    places.set(message.toString('hex'), place);
    keys.set(message.toString('hex', 0, PREFIX_BYTES), ring.byId(message.readUInt32BE(0), 'digest'));
  }
  return codes.map((code) => {
    for (const [prefix, key] of keys) {
      const place = places.get(prefix + codeDigest(key, code, owner).toString('hex'));
      if (place !== undefined) return place;
    }
    return undefined;
  });
}

export function wipeAll(messages: readonly Buffer[]): void {
  for (const message of messages) wipe(message);
}

function isDigest(message: Buffer, digest: Buffer): boolean {
  return timingSafeEqual(message.subarray(PREFIX_BYTES), digest);
}

function codeDigest(key: Uint8Array, code: RecoveryCode, { poolId, userId }: CodeOwner): Buffer {
  return keyedDigest(key, label('recovery-code', poolId, userId, code.text));
}

/** Another for each user, and secret as the key is. */
function saltOf(key: Uint8Array, { poolId, userId }: CodeOwner): Buffer {
  return keyedDigest(key, label('recovery-code-salt', poolId, userId));
}

function label(kind: string, ...parts: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify([`factorport/1/${kind}`, ...parts]));
}
