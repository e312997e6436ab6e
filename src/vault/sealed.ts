declare const sealedKind: unique symbol;

/** The kinds of secret that are kept. A value sealed as one kind never opens as another. */
export type SecretKind = 'seed' | 'recovery-digest' | 'access-key-secret' | 'job-secrets';

/**
 * A secret that only the vault can open: the bytes that stand in the database.
 *
 * The brand can be put on only by the vault, and the store's columns take nothing else, so storing a secret in clear
 * does not compile.
 */
export type Sealed<Kind extends SecretKind> = Uint8Array & { readonly [sealedKind]: Kind };

declare const seedDigest: unique symbol;

/** Keyed digest by which a seed is recognised and from which nothing about it can be told. Only the vault makes one. */
export type SeedDigest = Uint8Array & { readonly [seedDigest]: true };

declare const heldKey: unique symbol;

/**
 * The id of the newest seal key, while the transaction that read it keeps that key from being destroyed. Only the store
 * gives one out, and only for one can a value be sealed: a value that was sealed without it might outlive its key.
 */
export type HeldSealKey = number & { readonly [heldKey]: true };
