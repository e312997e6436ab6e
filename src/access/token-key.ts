import { FactorportError } from '../errors/error.ts';
import type { TokenKind, Vault } from '../vault/vault.ts';

/** Finds the key with the id that a token names; it may name none. */
export type FindTokenKey = (keyId: number | undefined) => Promise<Uint8Array | undefined>;

/** The keys of a kind of token; tokens of older programs name none, and were signed with the newest. */
export function tokenKeysOf(vault: Vault, kind: TokenKind): FindTokenKey {
  return async (keyId) => (keyId === undefined ? vault.tokenKey(kind) : vault.findTokenKey(kind, keyId));
}

/** @throws `token_invalid` where there is no such key */
export async function keyNamed(find: Uint8Array | FindTokenKey, name: string | undefined): Promise<Uint8Array> {
  if (typeof find !== 'function') return find;
  if (name !== undefined && !/^[1-9]\d{0,9}$/.test(name)) throw new FactorportError('token_invalid');
  const found = await find(name === undefined ? undefined : Number(name));
  if (found === undefined) throw new FactorportError('token_invalid');
  return found;
}
