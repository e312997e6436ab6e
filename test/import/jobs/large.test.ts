import { describe, expect, it } from 'vitest';
import { ndjson } from '../../../src/generate/formats/authing.ts';
import { generate } from '../../../src/generate/generate.ts';
import { openTestServices, runSql } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { lines, run, upload } from './running.ts';

const MEBIBYTE = 1024 * 1024;

describe.each(ENGINES)('a large file: %s', (engine) => {
  it('of 300,000 rows takes no memory that grows with it', async () => {
    await using opened = await openTestServices(engine);
    const settings = { seed: 'large', badShare: 0.01, hotpShare: 0, recoveryCodes: 0, userPrefix: 'user-' };
    async function* content() {
      for (const piece of generate(ndjson, settings, 300_000)) yield Buffer.from(piece);
    }
    const { jobId } = await upload(opened, content());
    const before = process.memoryUsage.rss();
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 50);
    // A dry run reads, seals and compares all of it, and leaves the database small.
    const job = await run(opened, jobId, { createUsers: true, dryRun: true });
    clearInterval(watching);
    expect(job.counts.items).toBe(300_000);
    expect((most - before) / MEBIBYTE).toBeLessThan(400);
  }, 120_000);

  it('gives a report of many failures some at a time, each once and in order', async () => {
    await using opened = await openTestServices(engine);
    const items = Array.from({ length: 20_000 }, (_, index) => ({ userId: `user ${index}`, otp: { secret: '!' } }));
    const { jobId } = await upload(opened, lines(items));
    const job = await run(opened, jobId, { maxErrorShare: 1 });
    expect(job).toMatchObject({ state: 'finished', counts: { failed: items.length } });
    let next = 1;
    for await (const rows of opened.services.importJobs.report(opened.poolId, jobId)) {
      expect(rows.length).toBeLessThanOrEqual(500);
      for (const row of rows) {
        expect([row.sequence, row.item]).toEqual([next, next]);
        next++;
      }
    }
    expect(next).toBe(items.length + 1);
    const [row] = await runSql(opened.database, 'select count(*) as n from import_failure');
    expect(Number(row?.n)).toBe(items.length);
  }, 60_000);
});
