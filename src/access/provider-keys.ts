import { createRemoteJWKSet, errors, type JWTVerifyGetKey, type RemoteJWKSet } from 'jose';
import { FactorportError } from '../errors/error.ts';
import { isTrustworthyUrl } from '../trustworthy-url.ts';

/** Where a provider's keys come from, and how long they are believed. */
interface Dependencies {
  /** As its tokens name it. */
  readonly issuer: string;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  /** Between two looks for a key that is not among those known: strangers make up key ids for nothing. */
  readonly cooldownMs?: number | undefined;
}

const TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
/** A key that the provider took away is believed no longer than this. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** While the provider does not answer, its keys are believed this long. */
const MAXIMUM_AGE_MS = 24 * 3_600_000;
/** A provider that does not answer is not asked for every request. */
const RETRY_AFTER_MS = 5_000;
const MAXIMUM_DOCUMENT_BYTES = 256 * 1024;

/**
 * Finds the keys of an OpenID provider by its discovery document (OpenID Connect Discovery 1.0 §4), and keeps them: a
 * key id that is not known makes it look again, and a provider that is away for a while stops nobody.
 *
 * The function that is made throws `identity_provider_unreachable` where keys are needed and cannot be had, and what
 * jose throws where the token names none of them.
 */
export function createProviderKeys({
  issuer,
  clock,
  onError,
  cooldownMs = COOLDOWN_MS,
}: Dependencies): JWTVerifyGetKey {
  let found: Promise<RemoteJWKSet> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;

  /** Reads the discovery document and the keys, once for all who ask at the same time. */
  async function open(): Promise<RemoteJWKSet> {
    const keys = createRemoteJWKSet(await discoverKeysUrl(issuer), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: cooldownMs,
      cacheMaxAge: Number.POSITIVE_INFINITY,
    });
    await keys.reload();
    loadedAt = clock();
    return keys;
  }

  async function find(): Promise<RemoteJWKSet> {
    if (found === undefined) {
      if (clock() - failedAt < RETRY_AFTER_MS) throw new Error('the provider did not answer a moment ago');
      found = open();
      found.catch(() => {
        found = undefined;
        failedAt = clock();
      });
    }
    return found;
  }

  async function refresh(keys: RemoteJWKSet): Promise<void> {
    const now = clock();
    if (now - loadedAt < REFRESH_AFTER_MS || now - triedAt < RETRY_AFTER_MS) return;
    triedAt = now;
    try {
      await keys.reload();
      loadedAt = now;
    } catch (error) {
      onError(error);
    }
  }

  return async (header, token) => {
    try {
      const keys = await find();
      await refresh(keys);
      if (clock() - loadedAt > MAXIMUM_AGE_MS) throw new Error('the keys of the provider are too old');
      return await keys(header, token);
    } catch (error) {
      if (isOfTheToken(error)) throw error;
      throw new FactorportError('identity_provider_unreachable', { cause: error });
    }
  };
}

/** Whether the keys were there and the token fits none of them. */
function isOfTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

async function discoverKeysUrl(issuer: string): Promise<URL> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the discovery document answers HTTP ${response.status}`);
  const document = JSON.parse(await readText(response)) as { issuer?: unknown; jwks_uri?: unknown };
  // OpenID Connect Discovery 1.0 §4.3: the two "MUST be identical".
  if (document.issuer !== issuer) throw new Error('the discovery document names another issuer');
  const { jwks_uri: url } = document;
  if (typeof url !== 'string' || !isTrustworthyUrl(url)) throw new Error('the discovery document names no usable keys');
  return new URL(url);
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAXIMUM_DOCUMENT_BYTES) throw new Error('the discovery document is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
