import { createCipheriv, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomBytes } from '../../otp/generate-seed.ts';
import type { OtpParameters } from '../../otp/parameters.ts';
import type { Seed } from '../../otp/seed.ts';

/** One user's authenticator, as it goes into a container. Recovery codes are not kept in clear and so cannot. */
export interface PskcEntry {
  /** Well-formed, without control characters. */
  readonly userId: string;
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  /** HOTP: the next counter; nothing for TOTP. */
  readonly counter: number;
  readonly issuer?: string | undefined;
  /** For people, like the user name; not read back. */
  readonly friendlyName?: string | undefined;
}

export interface PskcWriterOptions {
  readonly password: string;
  /** Of PBKDF2-HMAC-SHA256; at most 2,000,000 for the file to be read here again. */
  readonly iterations: number;
  readonly randomBytes: RandomBytes;
}

/** The parts of a container, in this order: one head, any number of packages, one tail. */
export interface PskcWriter {
  head(): string;
  /** @throws RangeError where the user id or issuer has a character that XML cannot hold (U+FFFE, U+FFFF) */
  keyPackage(entry: PskcEntry): string;
  tail(): string;
}

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const IV_BYTES = 16;
const CIPHER_URI = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';
const HMAC_URI = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256';
const DERIVATION_URI = 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2';

const derive = promisify(pbkdf2);

/**
 * Writes PSKC encrypted by a password (RFC 6030 §6.2) with elements in the order of its schema: PBKDF2-HMAC-SHA256,
 * AES-256-CBC, and HMAC-SHA256 over IV and ciphertext by a key of its own. Only the seeds are encrypted; who has a factor, and
 * of what kind, can be read.
 *
 * @returns a writer, which keeps nothing of what it has written
 */
export async function createPskcWriter({ password, iterations, randomBytes }: PskcWriterOptions): Promise<PskcWriter> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, iterations, KEY_BYTES, 'sha256');
  const macKey = randomBytes(KEY_BYTES);
  let count = 0;
  const encrypt = (bytes: Uint8Array): Buffer => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([iv, cipher.update(bytes), cipher.final()]);
  };
  return {
    head: () => formatHead({ salt, iterations, macKey: encrypt(macKey) }),
    keyPackage(entry) {
      const sealed = encrypt(entry.seed.bytes);
      const mac = createHmac('sha256', macKey).update(sealed).digest();
      count++;
      return formatPackage(entry, `K${count}`, { sealed, mac });
    },
    // The schema wants a package at least.
    tail: () => `${count === 0 ? '  <pskc:KeyPackage/>\n' : ''}</pskc:KeyContainer>\n`,
  };
}

function formatHead(given: { salt: Uint8Array; iterations: number; macKey: Uint8Array }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0"
    xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"
    xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"
    xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
    xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
  <pskc:EncryptionKey>
    <xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod Algorithm="${DERIVATION_URI}">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>${base64(given.salt)}</Specified></Salt>
          <IterationCount>${given.iterations}</IterationCount>
          <KeyLength>${KEY_BYTES}</KeyLength>
          <PRF Algorithm="${HMAC_URI}"/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
    </xenc11:DerivedKey>
  </pskc:EncryptionKey>
  <pskc:MACMethod Algorithm="${HMAC_URI}">
    <pskc:MACKey>
      ${formatCiphertext(given.macKey)}
    </pskc:MACKey>
  </pskc:MACMethod>
`;
}

function formatPackage(entry: PskcEntry, id: string, secret: { sealed: Uint8Array; mac: Uint8Array }): string {
  const { type, algorithm, digits, periodSeconds } = entry.parameters;
  const suite = algorithm === 'SHA1' ? '' : `<pskc:Suite>HMAC-${algorithm}</pskc:Suite>`;
  const factor =
    type === 'hotp'
      ? `<pskc:Counter><pskc:PlainValue>${entry.counter}</pskc:PlainValue></pskc:Counter>`
      : `<pskc:Time><pskc:PlainValue>0</pskc:PlainValue></pskc:Time>` +
        `<pskc:TimeInterval><pskc:PlainValue>${periodSeconds}</pskc:PlainValue></pskc:TimeInterval>`;
  const lines = [
    `  <pskc:KeyPackage>`,
    `    <pskc:Key Id="${id}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${type}">`,
    ...optional('Issuer', entry.issuer),
    `      <pskc:AlgorithmParameters>${suite}<pskc:ResponseFormat Encoding="DECIMAL" Length="${digits}"/></pskc:AlgorithmParameters>`,
    ...optional('FriendlyName', entry.friendlyName),
    `      <pskc:Data>`,
    `        <pskc:Secret>`,
    `          <pskc:EncryptedValue>${formatCiphertext(secret.sealed)}</pskc:EncryptedValue>`,
    `          <pskc:ValueMAC>${base64(secret.mac)}</pskc:ValueMAC>`,
    `        </pskc:Secret>`,
    `        ${factor}`,
    `      </pskc:Data>`,
    ...optional('UserId', entry.userId),
    `    </pskc:Key>`,
    `  </pskc:KeyPackage>`,
  ];
  return `${lines.join('\n')}\n`;
}

function formatCiphertext(bytes: Uint8Array): string {
  const method = `<xenc:EncryptionMethod Algorithm="${CIPHER_URI}"/>`;
  return `${method}<xenc:CipherData><xenc:CipherValue>${base64(bytes)}</xenc:CipherValue></xenc:CipherData>`;
}

function optional(name: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`      <pskc:${name}>${escapeXml(text)}</pskc:${name}>`];
}

/** XML 1.0 §2.2 and §2.4. */
function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML has no place for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new RangeError('A text has a character that XML cannot hold.');
  }
  return text.replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
