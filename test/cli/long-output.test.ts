import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openServices } from '../../src/services.ts';
import { importItems } from '../import/importing.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { plantedSeed } from '../support/planted.ts';
import { runFactorport } from '../support/server-process.ts';

/** Several times what a pipe takes at once. */
const USERS = 900;
const LIST = ['users', 'list', '--limit', '1000', '--json'];

describe('output that is longer than a pipe takes at once', () => {
  const dataDir = artifactFolder('data', 'long-output');
  const environment = { FACTORPORT_DATA_DIR: dataDir };

  beforeAll(async () => {
    const services = await openServices(readConfig({}, environment));
    const list = Array.from({ length: USERS }, (_, index) => ({
      userId: `user-${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    await importItems(services, services.defaultPool.pool_id, list, { createMissingUsers: true });
    await services.close();
  });

  it('arrives whole before the program ends', async () => {
    const { code, output } = await runFactorport(LIST, environment);
    expect(output.length).toBeGreaterThan(2 * 65_536);
    expect(JSON.parse(output).total).toBe(USERS);
    expect(code).toBe(0);
  });

  it('may be cut off by its reader without a complaint', () => {
    const { stdout, stderr } = shell('"$0" "$@" | head -c 10');
    expect(stdout).toHaveLength(10);
    expect(stderr).toBe('');
  });

  it.runIf(existsSync('/dev/full'))('is a fault where the disk does not take it', () => {
    const { status, stderr } = shell('"$0" "$@" > /dev/full');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^factorport: .*ENOSPC/);
  });

  function shell(script: string) {
    const { PATH = '', HOME = '' } = process.env;
    return spawnSync('sh', ['-c', script, process.execPath, 'src/cli/main.ts', ...LIST], {
      encoding: 'utf8',
      env: { PATH, HOME, ...environment },
    });
  }
});
