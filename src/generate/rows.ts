import { createCipheriv, hash } from 'node:crypto';
import type { Algorithm, OtpType } from '../otp/parameters.ts';
import type { Abilities, Fault } from './format.ts';

/** What decides every row, together with the {@link Abilities} of the format. */
export interface RowSettings {
  /** Any text; another one gives other secrets. */
  readonly seed: string;
  /** Share of rows that must be refused, 0 to 1. */
  readonly badShare: number;
  readonly hotpShare: number;
  readonly recoveryCodes: number;
  readonly userPrefix: string;
}

/** A row of a synthetic file: what it says, and what must become of it. */
export interface Row {
  /** Place in the file, from 0. */
  readonly index: number;
  /** With `duplicate_user` that of a good row before. */
  readonly userId: string;
  readonly serial: string;
  /** The key as it must be after reading. With `bad_secret`, `too_short` and `no_secret` the file does not say this. */
  readonly secret: Buffer;
  /** Whether {@link secret} is printable, and the format writes its characters instead of an encoding. */
  readonly isPlain: boolean;
  readonly type: OtpType;
  readonly algorithm: Algorithm;
  readonly digits: number;
  /** 0 for HOTP. */
  readonly periodSeconds: number;
  readonly counter: number;
  readonly recoveryCodes: readonly string[];
  /** A user without an OTP: nothing to import and nothing wrong. */
  readonly hasOtp: boolean;
  readonly fault: Fault | undefined;
}

/** The rows of a file, of any length. */
export interface Rows {
  /** One row by itself: the same whatever is asked before and whatever the length of the file. */
  rowOf(index: number): Row;
  /** Rows that follow each other, at less cost. */
  range(first: number, count: number): Row[];
}

/** Bytes of the keystream a row: 64 for the secret, the rest for the decisions at the places below. */
const ROW_BYTES = 96;
const PLACE = { bad: 64, hotp: 68, fault: 72, algorithm: 73, digits: 74, period: 75, counter: 76, otp: 80, weak: 81 };
const CODE_BYTES = 12;
const BLOCK_BYTES = 16;
/** A duplicate has its original at most so many rows before. */
const LOOK_BACK = 64;

const SECRET_BYTES: Readonly<Record<Algorithm, number>> = { SHA1: 20, SHA256: 32, SHA512: 64 };
const WEAK_SECRET_BYTES = 10;
const PRINTABLE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');

/** The rows of a seed. Nothing but the arguments decides them, on whatever machine. */
export function createRows(settings: RowSettings, abilities: Abilities): Rows {
  const faults = Object.keys(abilities.faults) as Fault[];
  const decisions = keystream(`rows ${settings.seed}`);
  const codes = keystream(`recovery codes ${settings.seed}`);
  const codeCount = abilities.recoveryCodes ? settings.recoveryCodes : 0;
  const codeStride = Math.ceil((codeCount * CODE_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;

  function toRow(index: number, bytes: Buffer, codeBytes: Buffer): Row {
    const fault = isBad(bytes) ? chooseFault(index, faults[(bytes[PLACE.fault] as number) % faults.length]) : undefined;
    const isHotp = abilities.hotp && bytes.readUInt32BE(PLACE.hotp) < settings.hotpShare * 2 ** 32;
    const isPlain = abilities.plainSecrets === true && fault === undefined && (bytes[PLACE.otp] as number) % 4 === 0;
    const algorithm = abilities.parameters ? chooseAlgorithm(bytes[PLACE.algorithm] as number) : 'SHA1';
    const number = fault === 'duplicate_user' ? originalOf(index) : index;
    return {
      index,
      userId: settings.userPrefix + numbered(number as number),
      serial: `SYN${numbered(index)}`,
      secret: isPlain ? printable(bytes) : bytes.subarray(0, secretLength(algorithm, bytes[PLACE.weak] as number)),
      isPlain,
      type: isHotp ? 'hotp' : 'totp',
      algorithm,
      digits: abilities.parameters ? chooseDigits(bytes[PLACE.digits] as number) : 6,
      periodSeconds: isHotp ? 0 : (bytes[PLACE.period] as number) % 32 === 0 ? 60 : 30,
      counter: isHotp ? bytes.readUIntBE(PLACE.counter, 3) : 0,
      recoveryCodes: readCodes(codeBytes, codeCount),
      hasOtp: fault !== undefined || hasOtp(bytes),
      fault,
    };
  }

  const isBad = (bytes: Buffer) => faults.length > 0 && bytes.readUInt32BE(PLACE.bad) < settings.badShare * 2 ** 32;
  const hasOtp = (bytes: Buffer) => abilities.usersWithoutOtp !== true || (bytes[PLACE.otp] as number) % 8 !== 1;

  function chooseFault(index: number, fault: Fault | undefined): Fault | undefined {
    return fault === 'duplicate_user' && originalOf(index) === undefined ? faults[0] : fault;
  }

  /** The nearest row before this one that is good. */
  function originalOf(index: number): number | undefined {
    for (let earlier = index - 1; earlier >= Math.max(0, index - LOOK_BACK); earlier--) {
      const bytes = decisions(earlier * ROW_BYTES, ROW_BYTES);
      if (!isBad(bytes) && hasOtp(bytes)) return earlier;
    }
    return undefined;
  }

  function range(first: number, count: number): Row[] {
    const bytes = decisions(first * ROW_BYTES, count * ROW_BYTES);
    const codeBytes = codes(first * codeStride, count * codeStride);
    return Array.from({ length: count }, (_, place) =>
      toRow(
        first + place,
        bytes.subarray(place * ROW_BYTES, (place + 1) * ROW_BYTES),
        codeBytes.subarray(place * codeStride, (place + 1) * codeStride),
      ),
    );
  }

  return { range, rowOf: (index) => range(index, 1)[0] as Row };
}

/**
 * Bytes that a text decides, readable at any place that is a multiple of 16: AES-256-CTR (NIST SP 800-38A §6.5) of zeros,
 * which costs far less a row than a hash does.
 */
function keystream(text: string): (start: number, length: number) => Buffer {
  const key = hash('sha256', `factorport generate ${text}`, 'buffer');
  return (start, length) => {
    const counter = Buffer.alloc(BLOCK_BYTES);
    counter.writeBigUInt64BE(BigInt(start / BLOCK_BYTES), 8);
    return createCipheriv('aes-256-ctr', key, counter).update(Buffer.alloc(length));
  };
}

function chooseAlgorithm(byte: number): Algorithm {
  if (byte % 32 === 0) return 'SHA512';
  return byte % 32 < 3 ? 'SHA256' : 'SHA1';
}

function chooseDigits(byte: number): number {
  if (byte % 64 === 1) return 7;
  return byte % 16 === 0 ? 8 : 6;
}

function secretLength(algorithm: Algorithm, byte: number): number {
  return algorithm === 'SHA1' && byte % 64 === 0 ? WEAK_SECRET_BYTES : SECRET_BYTES[algorithm];
}

function printable(bytes: Buffer): Buffer {
  return bytes.subarray(0, SECRET_BYTES.SHA1).map((byte) => PRINTABLE[byte % PRINTABLE.length] as number) as Buffer;
}

function numbered(index: number): string {
  return String(index + 1).padStart(8, '0');
}

/** In the documented form of the v3 API: six groups of four hex digits. */
function readCodes(bytes: Buffer, count: number): readonly string[] {
  if (count === 0) return NO_CODES;
  return Array.from({ length: count }, (_, place) => {
    const hex = bytes.toString('hex', place * CODE_BYTES, (place + 1) * CODE_BYTES);
    return `${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  });
}

const NO_CODES: readonly string[] = [];
