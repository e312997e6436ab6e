import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { openServices } from '../../src/services.ts';
import { ITEMS } from '../export/exporting.ts';
import { importItems } from '../import/importing.ts';
import { runSql } from '../store/open-services.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';

const CLEAR = ['export', '--format', 'ndjson', '--reveal-secrets', '--lang', 'en'];

afterEach(() => {
  vi.unstubAllEnvs();
});

function collector(isTTY = false) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), text: () => text };
}

async function command(words: readonly string[], isScreen = false) {
  const output = collector(isScreen);
  const errors = collector();
  const code = await run(words, createTerminal(output.stream, errors.stream));
  return { code, output: output.text(), errors: errors.text() };
}

describe.each(ENGINES)('the command export on %s', (engine) => {
  let database: TestDatabase;
  /** Outside of the suite's remains: what is written here holds seeds in clear. */
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'factorport-export-'));
    database = await createTestDatabase(engine);
    for (const [name, value] of Object.entries(database.environment)) vi.stubEnv(name, value);
    const services = await openServices(readConfig({}));
    await importItems(services, services.defaultPool.pool_id, ITEMS, { createMissingUsers: true });
    await services.close();
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function exportEvents(): Promise<number> {
    return (await runSql(database, `select action from audit_event where action like 'otp.export%'`)).length;
  }

  it('shows nothing on a screen, and audits nothing, unless that is said', async () => {
    const refused = await command(CLEAR, true);
    expect([refused.code, refused.output]).toEqual([2, '']);
    expect(await exportEvents()).toBe(0);
    const forced = await command([...CLEAR, '--force'], true);
    expect([forced.code, forced.output.trimEnd().split('\n').length]).toEqual([0, ITEMS.length]);
    expect(await exportEvents()).toBe(2);
  });

  it('audits nothing where there is no file to write into', async () => {
    for (const path of [folder, join(folder, 'none', 'file'), '/dev/null']) {
      expect((await command([...CLEAR, '--output', path, '--force'])).code).toBe(1);
    }
    expect(readdirSync(folder)).toEqual([]);
    expect(await exportEvents()).toBe(0);
  });

  it('names whose seal does not open, exports the others, and does not end well', async () => {
    await runSql(database, `update factor set digits = 8 where user_id = 'alice'`);
    const path = join(folder, 'factors');
    const { code, output, errors } = await command([...CLEAR, '--output', path]);
    expect(code).toBe(1);
    expect(errors).toMatch(/^Not exported.*: alice$/m);
    expect(output).toContain(`Factors: ${ITEMS.length - 1}`);
    const users = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).userId);
    expect(users).not.toContain('alice');
    expect(users).toHaveLength(ITEMS.length - 1);
  });
});
