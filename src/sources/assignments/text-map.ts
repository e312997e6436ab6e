/** Texts by text, for millions of pairs: in a few buffers, at about their length and ten bytes more each. */
export interface TextMap {
  readonly size: number;
  get(key: string): string | undefined;
  /** @returns the value that the key has already, which stays; `undefined` where it had none */
  add(key: string, value: string): string | undefined;
}

const FIRST_SLOTS = 1_024;
const FIRST_BYTES = 64 * 1024;
/** Beyond it, keys that fall on the same slot make long ways. */
const MAXIMUM_LOAD = 0.7;
/** Before the bytes of each pair: the lengths of key and value. */
const HEADER_BYTES = 4;

/** Keys and values are at most 65,535 bytes long each. */
export function createTextMap(): TextMap {
  let bytes = Buffer.alloc(FIRST_BYTES);
  /** Where the pair of a slot begins, in units of 4 bytes and from 1; 0 for an empty slot. */
  let slots = new Uint32Array(FIRST_SLOTS);
  let used = 0;
  let size = 0;

  const keyAt = (start: number) =>
    bytes.subarray(start + HEADER_BYTES, start + HEADER_BYTES + bytes.readUInt16LE(start));
  const valueAt = (start: number): string => {
    const from = start + HEADER_BYTES + bytes.readUInt16LE(start);
    return bytes.toString('utf8', from, from + bytes.readUInt16LE(start + 2));
  };
  /** The slot of the key, or the empty one that is to have it. */
  const find = (key: Uint8Array): number => {
    const mask = slots.length - 1;
    let slot = hash(key) & mask;
    for (let place = slots[slot]; place !== 0; place = slots[slot]) {
      if (keyAt(((place as number) - 1) * 4).equals(key)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const enlarge = () => {
    const before = slots;
    slots = new Uint32Array(before.length * 2);
    for (const place of before) if (place !== 0) slots[find(keyAt((place - 1) * 4))] = place;
  };
  const store = (key: Uint8Array, value: Uint8Array): number => {
    const start = used;
    used += Math.ceil((HEADER_BYTES + key.length + value.length) / 4) * 4;
    if (used > bytes.length) {
      const larger = Buffer.alloc(Math.max(bytes.length * 2, used));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.writeUInt16LE(key.length, start);
    bytes.writeUInt16LE(value.length, start + 2);
    bytes.set(key, start + HEADER_BYTES);
    bytes.set(value, start + HEADER_BYTES + key.length);
    return start;
  };

  return {
    get size() {
      return size;
    },
    get(key) {
      const place = slots[find(Buffer.from(key))] as number;
      return place === 0 ? undefined : valueAt((place - 1) * 4);
    },
    add(key, value) {
      const keyBytes = Buffer.from(key);
      const slot = find(keyBytes);
      const place = slots[slot] as number;
      if (place !== 0) return valueAt((place - 1) * 4);
      slots[slot] = store(keyBytes, Buffer.from(value)) / 4 + 1;
      if (++size > slots.length * MAXIMUM_LOAD) enlarge();
      return undefined;
    },
  };
}

/** FNV-1a, mixed once more because serial numbers differ in their last digits only. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 12)) >>> 0;
}
