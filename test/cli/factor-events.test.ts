import { userInfo } from 'node:os';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { openServices } from '../../src/services.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { prepare, tokenCode } from './prepare.ts';

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(ENGINES)('what an operator does about a factor on %s', (engine) => {
  it('leaves an event each, with the account that did it', async () => {
    const { environment } = await createTestDatabase(engine);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await prepare('# After a first start, with a token of alice and a locked app of bob');
    const commands = [
      ['factor', 'show', 'alice'],
      ['verify', 'alice', tokenCode(0)],
      ['verify', 'alice', tokenCode(0)],
      ['verify', 'bob', '12345678'],
      ['factor', 'unlock', 'bob'],
      ['factor', 'resync', 'alice', tokenCode(600), tokenCode(601)],
      ['factor', 'recovery-codes', 'alice', '--count', '4'],
      ['clock', 'reset'],
      ['factor', 'reset', 'bob'],
    ];
    const exits: number[] = [];
    for (const words of commands) exits.push(await run(words, createTerminal(silent, silent)));
    expect(exits).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0]);

    const services = await openServices(readConfig({}));
    const events = (await services.store.read.audit.list(services.defaultPool.pool_id, 1_000)).filter(
      ({ actor }) => actor === `cli:${userInfo().username}`,
    );
    await services.close();
    const told = events.map(({ action, result, user_id, detail }) => {
      const { factorId, ...rest } = JSON.parse(detail);
      expect(typeof factorId).toBe(action === 'clock.reset' ? 'undefined' : 'string');
      return [action, result, user_id, rest];
    });
    expect(told).toHaveLength(8);
    expect(told).toEqual(
      expect.arrayContaining([
        ['otp.verify', 'ok', 'alice', { outcome: 'accepted', method: 'hotp' }],
        ['otp.verify', 'refused', 'alice', { outcome: 'replayed' }],
        ['otp.verify', 'refused', 'bob', { outcome: 'locked' }],
        ['factor.unlock', 'ok', 'bob', {}],
        ['otp.resync', 'ok', 'alice', { outcome: 'accepted', method: 'hotp' }],
        ['factor.issue-recovery-codes', 'ok', 'alice', { codes: 4 }],
        ['clock.reset', 'ok', null, {}],
        ['factor.reset', 'ok', 'bob', {}],
      ]),
    );
  });
});
