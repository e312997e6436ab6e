import { createDecipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import type { ExportRequest } from '../../src/export/exporter.ts';
import { EXPORT_FORMATS } from '../../src/export/formats/index.ts';
import type { Services } from '../../src/services.ts';
import { actorIn } from '../store/open-services.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

export const PASSWORD = 'correct horse battery';

/** One of every kind, with user ids that would break a careless writer. */
export const ITEMS = [
  { userId: 'alice', otp: { secret: plantedSeed(4_000), recoveryCodes: [plantedCode(4_000), plantedCode(4_001)] } },
  { userId: 'a:b', otp: { secret: plantedSeed(4_001), algorithm: 'SHA256', digits: 8, period: 60 } },
  { userId: 'c,"d" <e>&f', otp: { secret: plantedSeed(4_002), algorithm: 'SHA512', digits: 7, period: 300 } },
  { userId: '张三', otp: { secret: plantedSeed(4_003), type: 'hotp', counter: 0 } },
  { userId: 'token', otp: { secret: plantedSeed(4_004), type: 'hotp', counter: 2 ** 40, algorithm: 'SHA256' } },
  { userId: '=1+1', otp: { secret: plantedSeed(4_005), period: 5 } },
] as const;

/** What an export must say of a user. */
export interface Told {
  readonly userId: string;
  readonly secret: string;
  readonly type: string;
  readonly algorithm: string;
  readonly digits: number;
  readonly period: number;
  readonly counter: number;
}

export function told(item: { readonly userId: string; readonly otp: object }): Told {
  const otp = { type: 'totp', algorithm: 'SHA1', digits: 6, counter: 0, ...item.otp } as Omit<Told, 'userId'>;
  const { secret, type, algorithm, digits, counter, period = type === 'hotp' ? 0 : 30 } = otp;
  return { userId: item.userId, secret, type, algorithm, digits, period, counter };
}

export function requestFor(name: string): ExportRequest {
  const format = EXPORT_FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format.isEncrypted ? { format, password: PASSWORD, revealSecrets: false } : { format, revealSecrets: true };
}

export async function exportText(services: Services, poolId: string, name: string) {
  const { pieces, outcome } = await services.exporter.begin(actorIn(poolId), requestFor(name));
  let text = '';
  for await (const piece of pieces) text += piece;
  return { text, outcome };
}

/** Opens an encrypted container with nothing of this program: RFC 6030 §6.2 by hand. */
export function openContainer(xml: string, password: string): Told[] {
  const one = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  const values = (text: string) => [...text.matchAll(/<(?:\w+:)?CipherValue>([^<]*)</g)].map(([, value = '']) => value);
  const salt = Buffer.from(one(xml, /<(?:\w+:)?Specified>([^<]*)</), 'base64');
  const iterations = Number(one(xml, /<(?:\w+:)?IterationCount>(\d+)</));
  const keyBytes = Number(one(xml, /<(?:\w+:)?KeyLength>(\d+)</));
  const key = pbkdf2Sync(password, salt, iterations, keyBytes, 'sha256');
  const decrypt = (text: string) => {
    const bytes = Buffer.from(text, 'base64');
    const decipher = createDecipheriv(`aes-${keyBytes * 8}-cbc`, key, bytes.subarray(0, 16));
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
  };
  const macKey = decrypt(values(one(xml, /<pskc:MACKey>(.*?)<\/pskc:MACKey>/s))[0] ?? '');
  return [...xml.matchAll(/<pskc:KeyPackage>.*?<\/pskc:KeyPackage>/gs)].map(([text]) => {
    const [secret = ''] = values(text);
    const mac = createHmac('sha256', macKey).update(Buffer.from(secret, 'base64')).digest('base64');
    if (mac !== one(text, /<pskc:ValueMAC>([^<]*)</)) throw new Error('the MAC is wrong');
    const type = one(text, /pskc:(hotp|totp)"/);
    return {
      userId: unescaped(one(text, /<pskc:UserId>([^<]*)</)),
      secret: toBase32(decrypt(secret)),
      type,
      algorithm: one(text, /<pskc:Suite>HMAC-([^<]*)</) || 'SHA1',
      digits: Number(one(text, /Length="(\d)"/)),
      period: Number(one(text, /<pskc:TimeInterval><pskc:PlainValue>(\d+)</)),
      counter: Number(one(text, /<pskc:Counter><pskc:PlainValue>(\d+)</)),
    };
  });
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(group.padEnd(5, '0'), 2)])
    .join('');
}
