import { createCipheriv, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ExportedFactor, ExportFormat, ExportWriter } from '../format.ts';

const PSKC = 'urn:ietf:params:xml:ns:keyprov:pskc';
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';
const PKCS5 = 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#';
const HMAC_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256';

/** What OWASP's Password Storage Cheat Sheet asks of PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const IV_BYTES = 16;

/**
 * A key container whose secrets are encrypted with a key derived from a password and authenticated each (RFC 6030 §6.2,
 * figure 7): PBKDF2 with HMAC-SHA256, AES-256-CBC, HMAC-SHA256 over IV and ciphertext.
 */
export const pskc: ExportFormat = {
  name: 'pskc',
  title: { en: 'PSKC (RFC 6030), encrypted with a password', zh: 'PSKC（RFC 6030），使用密码加密' },
  isEncrypted: true,
  createWriter,
};

interface Keys {
  readonly encryption: Uint8Array;
  readonly mac: Uint8Array;
}

async function createWriter(password: string): Promise<ExportWriter> {
  const salt = randomBytes(SALT_BYTES);
  const encryption = await promisify(pbkdf2)(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const keys: Keys = { encryption, mac: randomBytes(KEY_BYTES) };
  let number = 0;
  return {
    head: () => head(salt, encrypt(keys, keys.mac)),
    item(factor) {
      number++;
      return keyPackage(factor, number, keys);
    },
    tail: () => '</KeyContainer>\n',
  };
}

function head(salt: Uint8Array, encryptedMacKey: Buffer): string {
  const saltText = Buffer.from(salt).toString('base64');
  return `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="${PSKC}" xmlns:xenc="${XENC}" xmlns:xenc11="${XENC11}" xmlns:pkcs5="${PKCS5}">
<EncryptionKey><xenc11:DerivedKey>
<xenc11:KeyDerivationMethod Algorithm="${PKCS5}pbkdf2"><pkcs5:PBKDF2-params>
<Salt><Specified>${saltText}</Specified></Salt>
<IterationCount>${ITERATIONS}</IterationCount><KeyLength>${KEY_BYTES}</KeyLength><PRF Algorithm="${HMAC_SHA256}"/>
</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod>
<xenc11:MasterKeyName>password</xenc11:MasterKeyName>
</xenc11:DerivedKey></EncryptionKey>
<MACMethod Algorithm="${HMAC_SHA256}"><MACKey>${cipherData(encryptedMacKey)}</MACKey></MACMethod>
`;
}

function keyPackage({ userId, seed, parameters, counter }: ExportedFactor, number: number, keys: Keys): string {
  const { type, algorithm, digits, periodSeconds } = parameters;
  const suite = algorithm === 'SHA1' ? '' : `<Suite>HMAC-${algorithm}</Suite>`;
  const format = `<ResponseFormat Length="${digits}" Encoding="DECIMAL"/>`;
  const secret = encrypt(keys, seed.bytes);
  const mac = createHmac('sha256', keys.mac).update(secret).digest('base64');
  const encrypted = `<EncryptedValue>${cipherData(secret)}</EncryptedValue><ValueMAC>${mac}</ValueMAC>`;
  const moving =
    type === 'hotp'
      ? `<Counter><PlainValue>${counter}</PlainValue></Counter>`
      : `<TimeInterval><PlainValue>${periodSeconds}</PlainValue></TimeInterval>`;
  return `<KeyPackage><Key Id="${number}" Algorithm="${PSKC}:${type}"><AlgorithmParameters>${suite}${format}</AlgorithmParameters><Data><Secret>${encrypted}</Secret>${moving}</Data><UserId>${escaped(userId)}</UserId></Key></KeyPackage>\n`;
}

/** The IV, and after it the ciphertext. */
function encrypt(keys: Keys, bytes: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', keys.encryption, iv);
  return Buffer.concat([iv, cipher.update(bytes), cipher.final()]);
}

function cipherData(bytes: Buffer): string {
  const method = `<xenc:EncryptionMethod Algorithm="${XENC}aes256-cbc"/>`;
  return `${method}<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
