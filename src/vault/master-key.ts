/**
 * The key that wraps the keys of the ring. It may live in another machine (a KMS), so it is asked to wrap and unwrap and
 * never gives itself away. The folder beside this file has one file for each kind.
 */
export interface MasterKey {
  /** Where the key comes from, for `doctor` and the log: never the key. */
  readonly source: string;
  /** @throws `master_key_unreachable`, `master_key_refused` where it lives elsewhere */
  wrap(key: Uint8Array, associatedData: Uint8Array): Promise<Uint8Array>;
  /**
   * @returns `undefined` where this master key did not wrap it, or it was changed
   * @throws `master_key_unreachable`, `master_key_refused` where it lives elsewhere
   */
  unwrap(wrapped: Uint8Array, associatedData: Uint8Array): Promise<Buffer | undefined>;
}
