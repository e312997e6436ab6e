import { createCipheriv, createHmac } from 'node:crypto';

/*
 * Builds PSKC containers of its own, apart from the writer of the project, so that the reader is not only tested against what
 * the project itself thinks a container is.
 */

export const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"
  xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
`;
export const TAIL = '</KeyContainer>\n';
export const PRE_SHARED = '<EncryptionKey><ds:KeyName>batch 7</ds:KeyName></EncryptionKey>\n';

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';

const CIPHERS: Record<string, { readonly name: string; readonly ivBytes: number }> = {
  'aes128-cbc': { name: 'aes-128-cbc', ivBytes: 16 },
  'aes192-cbc': { name: 'aes-192-cbc', ivBytes: 16 },
  'aes256-cbc': { name: 'aes-256-cbc', ivBytes: 16 },
  'tripledes-cbc': { name: 'des-ede3-cbc', ivBytes: 8 },
  'kw-aes128': { name: 'id-aes128-wrap', ivBytes: 0 },
  'kw-aes192': { name: 'id-aes192-wrap', ivBytes: 0 },
  'kw-aes256': { name: 'id-aes256-wrap', ivBytes: 0 },
  'aes128-gcm': { name: 'aes-128-gcm', ivBytes: 12 },
  'aes256-gcm': { name: 'aes-256-gcm', ivBytes: 12 },
};

/** `EncryptionMethod` and `CipherData`, with the bytes of `CipherValue`. */
export interface Encrypted {
  readonly xml: string;
  readonly bytes: Buffer;
}

export function encrypt(method: string, key: Uint8Array, message: Uint8Array): Encrypted {
  const cipher = CIPHERS[method];
  if (cipher === undefined) throw new Error(`no such method in tests: ${method}`);
  const iv = Buffer.alloc(cipher.ivBytes, 0x5a);
  const bytes = method.startsWith('kw-') ? wrap(cipher.name, key, message) : seal(cipher.name, key, iv, message);
  const uri = `${method.endsWith('gcm') ? XMLENC11 : XMLENC}${method}`;
  return { xml: cipherData(uri, bytes), bytes };
}

export function cipherData(uri: string, bytes: Uint8Array): string {
  const value = Buffer.from(bytes).toString('base64');
  return `<xenc:EncryptionMethod Algorithm="${uri}"/><xenc:CipherData><xenc:CipherValue>${value}</xenc:CipherValue></xenc:CipherData>`;
}

/** What stands inside `Secret` or `Counter`; `mac` as base64, or none. */
export function encryptedValue({ xml }: Encrypted, mac?: string): string {
  return `<EncryptedValue>${xml}</EncryptedValue>${mac === undefined ? '' : `<ValueMAC>${mac}</ValueMAC>`}`;
}

export function macOf(hash: string, macKey: Uint8Array, { bytes }: Encrypted): string {
  return createHmac(hash, macKey).update(bytes).digest('base64');
}

/** `MACMethod`, with a key of its own or, as in the drafts, without. */
export function macMethod(hash: string, macKey?: Encrypted): string {
  const uri = hash === 'sha1' ? 'http://www.w3.org/2000/09/xmldsig#' : 'http://www.w3.org/2001/04/xmldsig-more#';
  const key = macKey === undefined ? '' : `<MACKey>${macKey.xml}</MACKey>`;
  return `<MACMethod Algorithm="${uri}hmac-${hash}">${key}</MACMethod>\n`;
}

export function derivedKey(salt: Uint8Array, iterations: number, keyBytes: number, prf: string): string {
  return `<EncryptionKey><xenc11:DerivedKey>
<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
<pkcs5:PBKDF2-params><Salt xmlns=""><Specified>${Buffer.from(salt).toString('base64')}</Specified></Salt>
<IterationCount xmlns="">${iterations}</IterationCount><KeyLength xmlns="">${keyBytes}</KeyLength>${prf}</pkcs5:PBKDF2-params>
</xenc11:KeyDerivationMethod></xenc11:DerivedKey></EncryptionKey>
`;
}

export interface KeyParts {
  readonly type?: string;
  readonly algorithm?: string;
  readonly serial?: string;
  readonly parameters?: string;
  /** The children of `Data`. */
  readonly data: string;
  readonly userId?: string;
  readonly policy?: string;
}

export function keyPackage(parts: KeyParts): string {
  const { type = 'hotp', algorithm = `urn:ietf:params:xml:ns:keyprov:pskc:${type}`, serial, userId, policy } = parts;
  const { parameters = '<ResponseFormat Encoding="DECIMAL" Length="6"/>' } = parts;
  const device = serial === undefined ? '' : `<DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo>`;
  return `<KeyPackage>${device}<Key Id="1"${algorithm === '' ? '' : ` Algorithm="${algorithm}"`}>
<Issuer>Own</Issuer><AlgorithmParameters>${parameters}</AlgorithmParameters><Data>${parts.data}</Data>
${userId === undefined ? '' : `<UserId>${userId}</UserId>`}${policy === undefined ? '' : `<Policy>${policy}</Policy>`}
</Key></KeyPackage>
`;
}

export function plain(name: string, value: string): string {
  return `<${name}><PlainValue>${value}</PlainValue></${name}>`;
}

function wrap(name: string, key: Uint8Array, message: Uint8Array): Buffer {
  const cipher = createCipheriv(name, key, Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(message), cipher.final()]);
}

function seal(name: string, key: Uint8Array, iv: Uint8Array, message: Uint8Array): Buffer {
  if (!name.endsWith('gcm')) {
    const cipher = createCipheriv(name, key, iv);
    return Buffer.concat([iv, cipher.update(message), cipher.final()]);
  }
  const cipher = createCipheriv(name as 'aes-256-gcm', key, iv);
  return Buffer.concat([iv, cipher.update(message), cipher.final(), cipher.getAuthTag()]);
}
