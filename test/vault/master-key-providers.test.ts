import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { FactorportError } from '../../src/errors/error.ts';
import { findMasterKeys } from '../../src/find-master-key.ts';
import type { MasterKey } from '../../src/vault/master-key.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { type FakeKms, KMS_ENVIRONMENT, startFakeKms } from '../support/fake-kms.ts';
import { type FakeTransit, startFakeTransit } from '../support/fake-transit.ts';
import { freePort } from '../support/postgres.ts';

const CONTEXT = Buffer.from('["factorport/1/ring-key",1,"seal"]');
const RING_KEY = Buffer.alloc(32, 7);

let kms: FakeKms;
let transit: FakeTransit;

beforeAll(async () => {
  kms = await startFakeKms(['factorport', 'other']);
  transit = await startFakeTransit(['factorport', 'other'], 'keys/transit');
});
afterAll(async () => {
  await kms.stop();
  await transit.stop();
});
beforeEach(() => {
  for (const [name, value] of Object.entries(KMS_ENVIRONMENT)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  kms.failNext(0, '');
  transit.failNext(0, 0);
});

async function masterKeyAt(uri: string, more: Record<string, string> = {}): Promise<MasterKey> {
  const environment = {
    FACTORPORT_DATA_DIR: artifactFolder('data', 'providers'),
    FACTORPORT_MASTER_KEY_URI: uri,
    ...transit.environment,
    ...more,
  };
  const { present } = await findMasterKeys(readConfig({}, environment));
  return present as MasterKey;
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: FactorportError) => error,
  );

describe.each([
  {
    provider: 'AWS KMS',
    uriOf: (name: string) => kms.uri(name),
    fail: (times: number, how: 'denied' | 'busy') =>
      kms.failNext(times, how === 'denied' ? 'AccessDeniedException' : 'ThrottlingException'),
    requests: () => kms.requests(),
    deniedReason: 'AccessDeniedException',
    unreachable: async () => masterKeyAt(`awskms://127.0.0.1:${await freePort()}/alias/factorport?region=eu-west-1`),
  },
  {
    provider: 'Vault Transit',
    uriOf: (name: string) => `hashivault://${name}?mount=keys/transit`,
    fail: (times: number, how: 'denied' | 'busy') => transit.failNext(times, how === 'denied' ? 403 : 503),
    requests: () => transit.requests(),
    deniedReason: 'HTTP 403',
    unreachable: async () =>
      masterKeyAt('hashivault://factorport?mount=keys/transit', { VAULT_ADDR: `http://127.0.0.1:${await freePort()}` }),
  },
])('master key in $provider', ({ uriOf, fail, requests, deniedReason, unreachable }) => {
  it('opens what it wrapped, only with the same associated data, and nothing of the ring key shows', async () => {
    const masterKey = await masterKeyAt(uriOf('factorport'));
    const wrapped = await masterKey.wrap(RING_KEY, CONTEXT);
    expect(Buffer.from(wrapped).includes(RING_KEY.subarray(0, 8))).toBe(false);
    expect(await masterKey.unwrap(wrapped, CONTEXT)).toEqual(RING_KEY);
    expect(await masterKey.unwrap(wrapped, Buffer.from('["factorport/1/ring-key",2,"seal"]'))).toBeUndefined();
  });

  it('does not open what another key wrapped, what was changed, or what came from a key in a file', async () => {
    const masterKey = await masterKeyAt(uriOf('factorport'));
    const other = await masterKeyAt(uriOf('other'));
    const wrapped = Buffer.from(await other.wrap(RING_KEY, CONTEXT));
    expect(await masterKey.unwrap(wrapped, CONTEXT)).toBeUndefined();
    const changed = Buffer.from(await masterKey.wrap(RING_KEY, CONTEXT));
    changed.writeUInt8(changed.readUInt8(changed.length - 9) ^ 3, changed.length - 9);
    expect(await masterKey.unwrap(changed, CONTEXT)).toBeUndefined();
    expect(await masterKey.unwrap(Buffer.alloc(72, 1), CONTEXT)).toBeUndefined();
  });

  it('is asked again where it was only busy, and not for ever', async () => {
    const masterKey = await masterKeyAt(uriOf('factorport'));
    fail(2, 'busy');
    const wrapped = await masterKey.wrap(RING_KEY, CONTEXT);
    fail(2, 'busy');
    expect(await masterKey.unwrap(wrapped, CONTEXT)).toEqual(RING_KEY);
    const before = requests();
    fail(1000, 'busy');
    expect(await refusalOf(masterKey.unwrap(wrapped, CONTEXT))).toMatchObject({ code: 'master_key_unreachable' });
    expect(requests() - before).toBeLessThanOrEqual(4);
  });

  it('that may not be used says so at once, with the name of the refusal and nothing else', async () => {
    const masterKey = await masterKeyAt(uriOf('factorport'));
    const wrapped = await masterKey.wrap(RING_KEY, CONTEXT);
    for (const call of [() => masterKey.wrap(RING_KEY, CONTEXT), () => masterKey.unwrap(wrapped, CONTEXT)]) {
      const before = requests();
      fail(1000, 'denied');
      expect(await refusalOf(call())).toMatchObject({
        code: 'master_key_refused',
        parameters: { source: uriOf('factorport'), reason: deniedReason },
      });
      expect(requests() - before).toBe(1);
    }
    fail(0, 'denied');
    const missing = await masterKeyAt(uriOf('no-such-key'));
    expect(await refusalOf(missing.wrap(RING_KEY, CONTEXT))).toMatchObject({ code: 'master_key_refused' });
  });

  it('that cannot be reached says so, and the error holds nothing of the ring key', async () => {
    const masterKey = await unreachable();
    const refusal = await refusalOf(masterKey.wrap(RING_KEY, CONTEXT));
    expect(refusal).toMatchObject({ code: 'master_key_unreachable', parameters: { reason: 'ECONNREFUSED' } });
    const printed = inspect(refusal, { depth: null, showHidden: true });
    expect(printed).not.toContain(RING_KEY.toString('base64').slice(0, 12));
    expect(printed).not.toContain('7, 7, 7, 7');
  });
});

describe('settings of a master key elsewhere', () => {
  it('with two places at once are refused', async () => {
    const both = masterKeyAt('hashivault://factorport', { FACTORPORT_MASTER_KEY: RING_KEY.toString('hex') });
    expect(await refusalOf(both)).toMatchObject({
      code: 'setting_invalid',
      parameters: { setting: 'FACTORPORT_MASTER_KEY_URI' },
    });
  });

  it.each(['VAULT_ADDR', 'VAULT_TOKEN'])('need %s for HashiCorp Vault', async (setting) => {
    const without = masterKeyAt('hashivault://factorport', { [setting]: '' });
    expect(await refusalOf(without)).toMatchObject({ code: 'setting_invalid', parameters: { setting } });
  });

  it('with credentials that the KMS does not know, or without a region, are refused as such', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another-secret');
    const wrong = await masterKeyAt(kms.uri('factorport'));
    expect(await refusalOf(wrong.wrap(RING_KEY, CONTEXT))).toMatchObject({
      parameters: { reason: 'InvalidSignatureException' },
    });
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    const nowhere = await masterKeyAt('awskms:///alias/factorport');
    expect(await refusalOf(nowhere.wrap(RING_KEY, CONTEXT))).toMatchObject({
      code: 'master_key_refused',
      parameters: { reason: { en: 'no region is given' } },
    });
  });
});
