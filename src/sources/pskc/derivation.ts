import { FactorportError } from '../../errors/error.ts';
import { damagedAt, type XmlElement } from '../input/xml.ts';
import { decodeBase64 } from '../registration.ts';
import { type Digest, derivePbkdf2 } from '../sealed/derive-key.ts';
import { algorithmName, child, textOf } from './elements.ts';

/** Those of AES: a length in bits, as some write, is none of them. */
const KEY_BYTES: ReadonlySet<number> = new Set([16, 24, 32]);
/** RFC 8018 appendix A.2: the default of PBKDF2-params. */
const DEFAULT_PRF = 'sha1';

/**
 * Derives the key of a container from its password, as the `DerivedKey` element says (RFC 6030 §6.2).
 *
 * @throws `source_damaged`, `source_unsupported`, `source_derivation_limit`
 */
export async function deriveContainerKey(derivedKey: XmlElement, password: string): Promise<Buffer> {
  const method = child(derivedKey, 'KeyDerivationMethod');
  const parameters = child(method, 'PBKDF2-params');
  if (algorithmName(method?.attributes.get('Algorithm')) !== 'pbkdf2' || parameters === undefined) {
    throw unsupportedDerivation();
  }
  const salt = decodeBase64(textOf(parameters, 'Salt', 'Specified') ?? '');
  const iterations = wholeNumber(textOf(parameters, 'IterationCount'));
  const keyBytes = wholeNumber(textOf(parameters, 'KeyLength'));
  const digest = digestOf(parameters);
  if (digest === undefined) throw unsupportedDerivation();
  const isComplete = typeof salt !== 'string' && salt.length > 0 && iterations !== undefined;
  if (!isComplete || keyBytes === undefined || !KEY_BYTES.has(keyBytes)) {
    throw damagedAt(parameters.line, {
      en: 'the derivation of the key from the password is not complete',
      zh: '由密码派生密钥的参数不完整',
    });
  }
  return derivePbkdf2(password, { salt, iterations, keyBytes, digest });
}

/** The hash of an HMAC by its URI: `…#hmac-sha256`, `…#hmacWithSHA256`. */
export function hmacDigest(uri: string | undefined): Digest | undefined {
  const size = /^hmac-?(?:with)?-?sha-?(1|224|256|384|512)$/.exec(algorithmName(uri))?.[1];
  return size === undefined ? undefined : (`sha${size}` as Digest);
}

function digestOf(parameters: XmlElement): Digest | undefined {
  const uri = child(parameters, 'PRF')?.attributes.get('Algorithm');
  return uri === undefined || uri.trim() === '' ? DEFAULT_PRF : hmacDigest(uri);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function unsupportedDerivation(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: {
        en: 'a vendor whose PSKC derives its key in another way than PBKDF2',
        zh: '使用 PBKDF2 以外方式派生密钥的 PSKC 厂商',
      },
      advice: {
        en: 'Ask the vendor for a file with a pre-shared key, or with PBKDF2.',
        zh: '请向厂商索取使用预共享密钥或 PBKDF2 的文件。',
      },
    },
  });
}
