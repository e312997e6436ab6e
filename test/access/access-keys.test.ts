import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/access/scopes.ts';
import { actorIn, openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plant } from '../support/planted.ts';

describe.each(ENGINES)('access keys on %s', (engine) => {
  it('show their secret once, and keep it sealed', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    const { key, secret } = await services.accessKeys.create(actorIn(poolId), { scopes: SCOPES, name: 'ci' });
    plant(secret);
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    const told = [key, await services.accessKeys.list(poolId), await services.accessKeys.find(key.accessKeyId)];
    expect(inspect(told, { depth: null })).not.toContain(secret);
    const [row] = await runSql(database, 'select sealed_secret from access_key');
    const sealed = Buffer.from(row?.sealed_secret as Uint8Array);
    expect(sealed.includes(secret) || sealed.includes(Buffer.from(secret, 'hex'))).toBe(false);
  });

  it('are admitted by their own secret only, whatever its length', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const { key, secret } = await services.accessKeys.create(actorIn(poolId), { scopes: ['otp:import'] });
    plant(secret);
    const { check } = services.accessKeys;
    expect(await check(key.accessKeyId, secret)).toEqual(key);
    for (const wrong of [
      '',
      '0',
      secret.slice(1),
      `${secret}0`,
      secret.toUpperCase(),
      '0'.repeat(48),
      'é'.repeat(24),
    ]) {
      expect(await check(key.accessKeyId, wrong)).toBeUndefined();
    }
    for (const guess of [secret, '0'.repeat(48)]) expect(await check('unknown', guess)).toBeUndefined();
  });

  it('are seen, changed and deleted by their own pool only', async () => {
    await using opened = await openTestServices(engine);
    const { accessKeys } = opened.services;
    const { key } = await accessKeys.create(actorIn(opened.poolId), { scopes: ['otp:import'] });
    const missing = { code: 'access_key_not_found' };
    const other = actorIn('other');
    expect(await accessKeys.list('other')).toEqual([]);
    await expect(accessKeys.get('other', key.accessKeyId)).rejects.toMatchObject(missing);
    await expect(accessKeys.setEnabled(other, key.accessKeyId, false)).rejects.toMatchObject(missing);
    await expect(accessKeys.delete(other, key.accessKeyId)).rejects.toMatchObject(missing);
    expect(await accessKeys.get(opened.poolId, key.accessKeyId)).toMatchObject({ enabled: true });
  });

  it('give no token when disabled, when deleted, or for a wrong secret', async () => {
    await using opened = await openTestServices(engine);
    const { accessKeys, tokenIssuer } = opened.services;
    const actor = actorIn(opened.poolId);
    const { key, secret } = await accessKeys.create(actor, { scopes: ['otp:import'] });
    plant(secret);
    const issue = (given: string) => tokenIssuer.issue(actor, key.accessKeyId, given);
    plant(await issue(secret));
    await expect(issue(`${secret}x`)).rejects.toMatchObject({ code: 'wrong_credentials' });
    await accessKeys.setEnabled(actor, key.accessKeyId, false);
    await expect(issue(secret)).rejects.toMatchObject({ code: 'access_key_disabled' });
    await accessKeys.setEnabled(actor, key.accessKeyId, true);
    plant(await issue(secret));
    await accessKeys.delete(actor, key.accessKeyId);
    await expect(issue(secret)).rejects.toMatchObject({ code: 'wrong_credentials' });
  });

  it('have every change of theirs in the audit log, without the secret', async () => {
    await using opened = await openTestServices(engine);
    const { accessKeys } = opened.services;
    const actor = actorIn(opened.poolId);
    const { key, secret } = await accessKeys.create(actor, { scopes: ['otp:import'] });
    plant(secret);
    await accessKeys.setEnabled(actor, key.accessKeyId, false);
    await accessKeys.delete(actor, key.accessKeyId);
    const events = await runSql(opened.database, 'select action, detail from audit_event order by sequence');
    expect(events.map(({ action }) => action)).toEqual([
      'access-key.create',
      'access-key.disable',
      'access-key.delete',
    ]);
    expect(JSON.stringify(events)).not.toContain(secret);
  });
});
