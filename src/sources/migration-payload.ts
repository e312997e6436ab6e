/** `OtpParameters` of Google Authenticator's transfer; numbers as they are written, 0 where they are left out. */
export interface OtpParametersMessage {
  readonly secret: Uint8Array;
  readonly name: string;
  readonly issuer: string;
  readonly algorithm: number;
  readonly digits: number;
  readonly type: number;
  readonly counter: number;
}

export interface MigrationPayload {
  readonly messages: readonly OtpParametersMessage[];
  readonly batchSize: number;
  readonly batchIndex: number;
  /** Drawn at random for each export; the same in all its QR codes. */
  readonly batchId: number;
}

/** A field of a message: the number of a varint, or the bytes of a length-delimited field. */
interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
const MAXIMUM_VARINT_BYTES = 10;

/** Reads a `MigrationPayload`; @returns `undefined` where the bytes are none. */
export function readMigrationPayload(bytes: Uint8Array): MigrationPayload | undefined {
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;
  const messages: OtpParametersMessage[] = [];
  for (const { number, value } of fields) {
    if (number !== 1) continue;
    const message = typeof value === 'number' ? undefined : readOtpParameters(value);
    if (message === undefined) return undefined;
    messages.push(message);
  }
  if (messages.length === 0) return undefined;
  return {
    messages,
    batchSize: numberOf(fields, 3),
    batchIndex: numberOf(fields, 4),
    batchId: numberOf(fields, 5),
  };
}

function readOtpParameters(bytes: Uint8Array): OtpParametersMessage | undefined {
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;
  return {
    secret: bytesOf(fields, 1),
    name: textOf(fields, 2),
    issuer: textOf(fields, 3),
    algorithm: numberOf(fields, 4),
    digits: numberOf(fields, 5),
    type: numberOf(fields, 6),
    counter: numberOf(fields, 7),
  };
}

/** https://protobuf.dev/programming-guides/encoding; @returns `undefined` where the bytes end inside a field. */
function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return undefined;
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    const first = wireType === VARINT || wireType === DELIMITED ? readVarint(bytes, tag.end) : undefined;
    if (first !== undefined && wireType === VARINT) {
      fields.push({ number, value: first.value });
      at = first.end;
    } else if (first !== undefined) {
      at = first.end + first.value;
      if (first.value < 0 || at > bytes.length) return undefined;
      fields.push({ number, value: bytes.slice(first.end, at) });
    } else {
      if (wireType !== FIXED64 && wireType !== FIXED32) return undefined;
      at = tag.end + (wireType === FIXED64 ? 8 : 4);
      if (at > bytes.length) return undefined;
    }
    if (number === 0) return undefined;
  }
  return fields;
}

/** Negative numbers are written as 64 bits, so they take ten bytes. A number beyond 2^53 loses its last digits. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0n;
  for (let index = 0; index < MAXIMUM_VARINT_BYTES; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), end: start + index + 1 };
  }
  return undefined;
}

function numberOf(fields: readonly Field[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value ?? 0;
  return typeof value === 'number' ? value : Number.NaN;
}

function bytesOf(fields: readonly Field[], number: number): Uint8Array {
  const value = fields.findLast((field) => field.number === number)?.value;
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

function textOf(fields: readonly Field[], number: number): string {
  return Buffer.from(bytesOf(fields, number)).toString('utf8');
}
