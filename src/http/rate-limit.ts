import { hash, randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { FactorportError } from '../errors/error.ts';

/**
 * How many requests come in, counted by this process alone. Addresses are counted for callers who have not proven an
 * access key, keys for those who have.
 */
export interface RateLimits {
  /**
   * Lets an address in whose budget is not used up, and beyond it a caller who names an access key that was proven
   * from there within the last hour: strangers behind the same proxy must not shut a login service out.
   *
   * @param namedKey the access key id that the request names, or {@link ANY_KEY} where that is not yet known
   * @throws `rate_limited`
   */
  admitAddress(address: string, namedKey: () => NamedKey | undefined): Promise<void>;
  /** Counts a request of an address from which no access key was proven. */
  chargeAddress(address: string): Promise<void>;
  /** Counts a request of a proven access key. @throws `rate_limited` */
  admitKey(accessKeyId: string): Promise<void>;
  /** Counts a request of a proven user, who has as many as a stranger's address. @throws `rate_limited` */
  admitUser(user: { readonly poolId: string; readonly userId: string }): Promise<void>;
  /** Remembers that an access key was proven from an address. */
  rememberProof(address: string, accessKeyId: string): void;
}

/** Stands for whichever access key was proven from an address. */
export const ANY_KEY = Symbol('any access key');
export type NamedKey = string | typeof ANY_KEY;

const ADDRESS_WINDOW_SECONDS = 60;
const KEY_WINDOW_SECONDS = 1;
const PROOF_LASTS_MS = 60 * 60 * 1000;
const MAXIMUM_PROOFS = 10_000;

export function createRateLimits(config: Config, clock: () => number): RateLimits {
  const { rateLimitPerAddress, rateLimitPerKey } = config;
  const counterOf = createCounterNames(randomBytes(16));
  const addresses = new RateLimiterMemory({ points: rateLimitPerAddress, duration: ADDRESS_WINDOW_SECONDS });
  const users = new RateLimiterMemory({ points: rateLimitPerAddress, duration: ADDRESS_WINDOW_SECONDS });
  const keys = new RateLimiterMemory({ points: rateLimitPerKey, duration: KEY_WINDOW_SECONDS });
  const proofs = createRecentSet(MAXIMUM_PROOFS, PROOF_LASTS_MS, clock);

  return {
    async admitAddress(address, namedKey) {
      if (rateLimitPerAddress === 0) return;
      const used = await addresses.get(counterOf(address));
      // The window of a counter that is still there may have ended.
      if (used === null || used.msBeforeNext <= 0 || used.consumedPoints < rateLimitPerAddress) return;
      const accessKeyId = namedKey();
      if (accessKeyId !== undefined && proofs.has(proofOf(address, accessKeyId))) return;
      throw limited(used.msBeforeNext);
    },
    async chargeAddress(address) {
      if (rateLimitPerAddress > 0) await addresses.penalty(counterOf(address));
    },
    async admitKey(accessKeyId) {
      if (rateLimitPerKey > 0) await consume(keys, accessKeyId);
    },
    async admitUser({ poolId, userId }) {
      if (rateLimitPerAddress > 0) await consume(users, JSON.stringify([poolId, userId]));
    },
    rememberProof(address, accessKeyId) {
      if (rateLimitPerAddress === 0) return;
      proofs.add(proofOf(address, accessKeyId));
      proofs.add(proofOf(address, ANY_KEY));
    },
  };
}

async function consume(limiter: RateLimiterMemory, name: string): Promise<void> {
  try {
    await limiter.consume(name);
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? limited(refusal.msBeforeNext) : refusal;
  }
}

/** Retry-After is in whole seconds (RFC 9110 §10.2.3), so a client that waits as told comes into the next window. */
function limited(milliseconds: number): FactorportError {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return new FactorportError('rate_limited', { parameters: { seconds }, retryAfterSeconds: seconds });
}

/** No header can hold the line break, so no two proofs look alike. */
function proofOf(address: string, key: NamedKey): string {
  return key === ANY_KEY ? networkOf(address) : `${networkOf(address)}\n${key}`;
}

/**
 * Gives the counter of an address: one of 65,536, so that a flood from any number of addresses takes a bounded memory
 * and pushes nobody's counter out. Two addresses may share one; which do is different in every process, so that
 * nobody can aim at another's.
 */
export function createCounterNames(salt: Buffer): (address: string) => string {
  const prefix = salt.toString('hex');
  return (address) => hash('sha256', prefix + networkOf(address), 'hex').slice(0, 4);
}

/**
 * What counts as one caller: an IPv4 address, also one written as IPv6 (RFC 4291 §2.5.5.2); of IPv6 the first 64 bits,
 * because whoever has one address of such a network has all of them (RFC 6177 §2).
 */
export function networkOf(address: string): string {
  // Most requests come from the address of the one before, or ask for it again.
  if (address !== latest.address) latest = { address, network: readNetwork(address) };
  return latest.network;
}

let latest = { address: '', network: '' };

function readNetwork(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address;
  const groups = ipv6Groups(address);
  const isMappedIPv4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMappedIPv4) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return bytes.join('.');
  }
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(':')}::/64`;
}

const DOTTED_END = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/;

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2); a zone (`%eth0`) does not count. */
function ipv6Groups(address: string): number[] {
  const [text = ''] = address.split('%');
  const inHex = text.replace(DOTTED_END, (_match, ...bytes) => {
    const [first, second, third, fourth] = bytes.map(Number) as [number, number, number, number];
    return `${((first << 8) | second).toString(16)}:${((third << 8) | fourth).toString(16)}`;
  });
  const [left = [], right = []] = inHex.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

/** A set that forgets what was not added for some time, and, when it is full, what was not added for longest. */
export function createRecentSet(maximumSize: number, lastsMs: number, clock: () => number) {
  const addedAt = new Map<string, number>();
  return {
    add(value: string): void {
      addedAt.delete(value);
      addedAt.set(value, clock());
      if (addedAt.size > maximumSize) addedAt.delete(addedAt.keys().next().value as string);
    },
    has(value: string): boolean {
      const time = addedAt.get(value);
      return time !== undefined && clock() - time < lastsMs;
    },
    get size(): number {
      return addedAt.size;
    },
  };
}
