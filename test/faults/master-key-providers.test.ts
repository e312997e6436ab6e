import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors/table.ts';
import { fillText, type TextParameters } from '../../src/language.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { KMS_ENVIRONMENT, startFakeKms } from '../support/fake-kms.ts';
import { startFakeTransit } from '../support/fake-transit.ts';
import { plantedSeed } from '../support/planted.ts';
import { runFactorport, ServerDidNotStart, startServerProcess } from '../support/server-process.ts';
import { post, prepareDatabase } from './prepare.ts';

const IMPORT = '/api/v3/import-otp';
const BODY = { list: [{ userId: 'user-1', otp: { secret: plantedSeed(771) } }], options: { createMissingUsers: true } };
const UNREGISTER = ['--import', new URL('../support/without-kms-clients.mjs', import.meta.url).href];

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A provider that runs, the settings to use it, and how to make it refuse. */
async function startProvider(kind: 'AWS KMS' | 'Vault Transit') {
  if (kind === 'AWS KMS') {
    const kms = await startFakeKms(['factorport', 'other']);
    // For what is prepared in this process; the server gets them in its own environment.
    for (const [name, value] of Object.entries(KMS_ENVIRONMENT)) vi.stubEnv(name, value);
    const environment = { ...KMS_ENVIRONMENT, FACTORPORT_MASTER_KEY_URI: kms.uri('factorport') };
    return {
      environment,
      otherKey: { ...environment, FACTORPORT_MASTER_KEY_URI: kms.uri('other') },
      deny: (times: number) => kms.failNext(times, 'AccessDeniedException'),
      reason: 'AccessDeniedException',
      packageName: '@aws-sdk/client-kms',
      stop: kms.stop,
      [Symbol.asyncDispose]: kms.stop,
    };
  }
  const transit = await startFakeTransit(['factorport', 'other']);
  const environment = { ...transit.environment, FACTORPORT_MASTER_KEY_URI: 'hashivault://factorport' };
  return {
    environment,
    otherKey: { ...environment, FACTORPORT_MASTER_KEY_URI: 'hashivault://other' },
    deny: (times: number) => transit.failNext(times, 403),
    reason: 'HTTP 403',
    packageName: 'node-vault',
    stop: transit.stop,
    [Symbol.asyncDispose]: transit.stop,
  };
}

describe.each(['AWS KMS', 'Vault Transit'] as const)('a service with its master key in %s', (kind) => {
  it.each(ENGINES)('starts, works on while the provider is away, and starts again: %s', async (engine) => {
    await using provider = await startProvider(kind);
    const database = await createTestDatabase(engine, provider.environment);
    const { token } = await prepareDatabase(database);
    expect(existsSync(join(database.config.dataDir, 'master.key'))).toBe(false);
    await using server = await startServerProcess(database.environment);
    await provider.stop();
    expect((await post(server.url, IMPORT, token, BODY)).statusCode).toBe(200);
    expect((await post(server.url, IMPORT, token, BODY)).data).toMatchObject({ unchanged: 1 });
  });

  it('says in one line what is wrong where it is refused, wrong, away, or its client is not installed', async () => {
    await using provider = await startProvider(kind);
    const database = await createTestDatabase('sqlite', provider.environment);
    await prepareDatabase(database);
    const serve = (more: Readonly<Record<string, string>> = {}) =>
      runFactorport(['serve', '--port', '0'], { ...database.environment, ...more });
    const source = provider.environment.FACTORPORT_MASTER_KEY_URI;

    provider.deny(1);
    expectRefusal(await serve(), 'master_key_refused', { source, reason: provider.reason });
    expectRefusal(await serve(provider.otherKey), 'master_key_wrong');
    const withoutClient = await startServerProcess(database.environment, { nodeOptions: UNREGISTER }).catch(
      (error: unknown) => error,
    );
    expect(withoutClient).toBeInstanceOf(ServerDidNotStart);
    const { finished } = withoutClient as ServerDidNotStart;
    expectRefusal(finished, 'master_key_client_missing', { package: provider.packageName });
    await provider.stop();
    expectRefusal(await serve(), 'master_key_unreachable', { source, reason: 'ECONNREFUSED' });
  });
});

function expectRefusal(
  finished: { readonly code: number | null; readonly errors: string },
  code: ErrorCode,
  parameters: TextParameters = {},
): void {
  expect(finished.errors).toBe(`factorport: ${fillText(ERRORS[code], 'en', parameters)}\n`);
  expect(finished.code).toBe(3);
}
