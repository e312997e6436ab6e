import type { AccessKeyTable, FactorTable, RecoveryCodeTable } from '../../src/store/schema.ts';
import type { Sealed } from '../../src/vault/sealed.ts';

/*
 * Checked by tsc, never run: each line marked as an error must be one, so that whoever makes it possible to store a
 * secret in clear, or as another kind, breaks the type check.
 */

declare const bytes: Uint8Array;
declare const buffer: Buffer;
declare const text: string;
declare const sealedSeed: Sealed<'seed'>;
declare const sealedDigest: Sealed<'recovery-digest'>;
declare const sealedSecret: Sealed<'access-key-secret'>;

export const seedColumn: FactorTable['sealed_seed'][] = [
  sealedSeed,
  // @ts-expect-error a seed in clear
  bytes,
  // @ts-expect-error a seed in clear
  buffer,
  // @ts-expect-error a seed in base32
  text,
  // @ts-expect-error a sealed value of another kind
  sealedDigest,
  // @ts-expect-error a sealed value of another kind
  sealedSecret,
];

export const digestColumn: RecoveryCodeTable['sealed_digest'][] = [
  sealedDigest,
  // @ts-expect-error a digest that is not sealed
  bytes,
  // @ts-expect-error a digest that is not sealed
  buffer,
  // @ts-expect-error a recovery code in clear
  text,
  // @ts-expect-error a sealed value of another kind
  sealedSeed,
  // @ts-expect-error a sealed value of another kind
  sealedSecret,
];

export const secretColumn: AccessKeyTable['sealed_secret'][] = [
  sealedSecret,
  // @ts-expect-error a secret in clear
  bytes,
  // @ts-expect-error a secret in clear
  buffer,
  // @ts-expect-error a secret in clear
  text,
  // @ts-expect-error a sealed value of another kind
  sealedSeed,
  // @ts-expect-error a sealed value of another kind
  sealedDigest,
];

declare const factor: FactorTable;

// @ts-expect-error a whole row with the seed in clear
export const row: FactorTable = { ...factor, sealed_seed: bytes };
