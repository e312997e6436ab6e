import type { KMSClient } from '@aws-sdk/client-kms';
import type { MasterKey } from '../master-key.ts';
import { CALL_TIMEOUT_MS, loadClient, refused, unreachable } from './remote.ts';

/** Where a key of AWS KMS is. */
export interface AwsKmsLocation {
  /** Key id, alias (`alias/name`) or ARN. */
  readonly keyId: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

/** The key in the setting cannot be used as it is, or these credentials must not use it: trying again does not help. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'DisabledException',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidArnException',
  'InvalidClientTokenId',
  'InvalidKeyUsageException',
  'InvalidSignatureException',
  'KMSInvalidStateException',
  'MissingAuthenticationTokenException',
  'NotFoundException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'ValidationException',
]);

/** Answers of Decrypt to a ciphertext that this key, with this encryption context, did not make. */
const NOT_ITS_OWN = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/**
 * A master key in AWS KMS (symmetric). The associated data is the encryption context, so KMS, too, refuses a wrapped
 * key under another id or purpose. Credentials come from the SDK's own chain.
 *
 * @param source the key's URI
 * @throws `master_key_client_missing`
 */
export async function awsKmsMasterKey(location: AwsKmsLocation, source: string): Promise<MasterKey> {
  const { KMSClient, EncryptCommand, DecryptCommand } = await loadClient(
    '@aws-sdk/client-kms',
    () => import('@aws-sdk/client-kms'),
  );
  const client: KMSClient = new KMSClient({
    ...(location.region === undefined ? {} : { region: location.region }),
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
    maxAttempts: 4,
  });
  const KeyId = location.keyId;
  const contextOf = (associatedData: Uint8Array) => ({ factorport: Buffer.from(associatedData).toString('base64') });
  const options = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  return {
    source,
    async wrap(key, associatedData) {
      const EncryptionContext = contextOf(associatedData);
      const command = new EncryptCommand({ KeyId, Plaintext: key, EncryptionContext });
      const { CiphertextBlob } = await client.send(command, options()).catch((error: unknown) => {
        throw told(error, source);
      });
      if (CiphertextBlob === undefined) throw unreachable(source, 'CiphertextBlob');
      return CiphertextBlob;
    },
    async unwrap(wrapped, associatedData) {
      const EncryptionContext = contextOf(associatedData);
      const command = new DecryptCommand({ KeyId, CiphertextBlob: wrapped, EncryptionContext });
      try {
        const { Plaintext } = await client.send(command, options());
        return Plaintext === undefined ? undefined : Buffer.from(Plaintext);
      } catch (error) {
        if (NOT_ITS_OWN.has((error as Error).name)) return undefined;
        throw told(error, source);
      }
    },
  };
}

const NO_REGION = { en: 'no region is given', zh: '未指定区域' };

/** By name or code only: the error itself may carry the request. */
function told(error: unknown, source: string) {
  const { name, code, message } = error as { name: string; code?: string; message?: string };
  if (REFUSALS.has(name)) return refused(source, name);
  if (name === 'Error' && /\bregion\b/i.test(message ?? '')) return refused(source, NO_REGION);
  return unreachable(source, /^(Abort|Timeout)Error$/.test(name) ? 'timeout' : (code ?? name));
}
