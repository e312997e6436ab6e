import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifactFolder } from '../support/artifacts.ts';
import { inputFolder } from '../support/input-folder.ts';
import { plantedSeed } from '../support/planted.ts';
import { runFactorport } from '../support/server-process.ts';

describe('importing as a process of its own', () => {
  const folder = artifactFolder('data', 'import-process');
  const environment = { FACTORPORT_DATA_DIR: join(folder, 'data') };
  const file = join(inputFolder(), 'list.ndjson');

  beforeAll(async () => {
    const items = Array.from({ length: 50 }, (_, index) => ({
      userId: `user-${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    writeFileSync(file, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    expect((await runFactorport(['migrate'], environment)).code).toBe(0);
    expect((await runFactorport(['keys', 'create', '--scopes', 'all'], environment)).code).toBe(0);
  });

  it('ends with 1 where rows failed, and with 0 where none did', async () => {
    const nobody = await runFactorport(['import', file, '--max-errors', '100%', '--json'], environment);
    expect(nobody.code).toBe(1);
    expect(JSON.parse(nobody.output).counts).toMatchObject({ items: 50, failed: 50 });
    const created = await runFactorport(['import', file, '--create-users', '--json'], environment);
    expect(JSON.parse(created.output)).toMatchObject({ state: 'finished', counts: { added: 50, usersCreated: 50 } });
    expect(created.code).toBe(0);
  });
});
