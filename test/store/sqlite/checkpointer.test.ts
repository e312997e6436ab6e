import { mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCheckpointer } from '../../../src/store/sqlite/checkpointer.ts';
import { openSqliteConnection } from '../../../src/store/sqlite/connection.ts';
import { artifactFolder } from '../../support/artifacts.ts';

const MIB = 1024 * 1024;
const WRITES = 600;

function open() {
  const path = join(mkdtempSync(join(artifactFolder('data'), 'checkpointer-')), 'test.db');
  const writer = openSqliteConnection(path, false);
  writer.raw.exec('create table entry (content blob)');
  const checkpointer = createCheckpointer(path, writer, MIB);
  const write = (bytes: number) => writer.raw.prepare('insert into entry values (zeroblob(?))').run(bytes);
  const close = async () => {
    await checkpointer.close();
    writer.close();
  };
  return { path, checkpointer, write, close, logBytes: () => statSync(`${path}-wal`).size };
}

describe('the write-ahead log', () => {
  it('that has grown long begins anew', async () => {
    const { checkpointer, write, close, logBytes } = open();
    try {
      checkpointer.start();
      write(6 * MIB);
      await expect.poll(logBytes, { timeout: 10_000 }).toBe(0);
    } finally {
      await close();
    }
  });

  it('that cannot begin anew, because somebody reads for long, does not keep those who write waiting again and again', async () => {
    const { path, checkpointer, write, close } = open();
    const reader = new DatabaseSync(path, { readOnly: true });
    try {
      reader.exec('begin; select * from entry');
      write(6 * MIB);
      checkpointer.start();
      let refused = 0;
      for (let index = 0; index < WRITES; index++) {
        await setTimeout(5);
        try {
          write(10);
        } catch (error) {
          expect((error as { errcode?: number }).errcode).toBe(5);
          refused++;
        }
      }
      expect(refused).toBeLessThan(WRITES / 2);
    } finally {
      reader.close();
      await close();
    }
  });
});
