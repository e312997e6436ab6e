import { describe, expect, it } from 'vitest';
import { openTestServices } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedSeed } from '../../support/planted.ts';
import { importFile, lines, report } from './running.ts';

const otp = { secret: plantedSeed(7_900) };

describe.each(ENGINES)('on %s', (engine) => {
  it('names that no user can have fail by themselves, and the report holds them so that it can be read', async () => {
    await using opened = await openTestServices(engine);
    const names = ['a\u0000b', '\ud800', 'x'.repeat(500_000), ' ', '\u202eeve', '👩‍👩‍👧', 'constructor', '__proto__'];
    const text = lines(names.map((userId) => ({ userId, otp })));
    const job = await importFile(opened, text, { createUsers: true });
    expect(job).toMatchObject({ state: 'finished', counts: { added: 5, failed: 3 } });
    const rows = await report(opened, job.jobId);
    expect(rows.map(({ item, reason }) => [item, reason])).toEqual([
      [1, 'bad_user_id'],
      [2, 'bad_user_id'],
      [3, 'bad_user_id'],
    ]);
    expect(JSON.stringify(rows).length).toBeLessThan(10_000);
  });

  it.each(['username', 'email', 'phone', 'external_id'] as const)(
    'names that no user can have fail by themselves where users are matched by %s',
    async (match) => {
      await using opened = await openTestServices(engine);
      const names = ['a\u0000b', '\ud800', 'x'.repeat(100_000), 'ann@example.test', '+8613800000001'];
      const items = names.map((name) => {
        return { owner: 'o', name, email: name, phone: name, externalId: name, totpSecret: otp.secret };
      });
      const text = JSON.stringify(items);
      const job = await importFile(opened, text, { createUsers: true, match, format: 'casdoor' });
      expect(job.state).toBe('finished');
      expect(job.counts.added).toBeGreaterThan(0);
      expect(job.counts.added + job.counts.failed).toBe(names.length);
      expect(JSON.stringify(await report(opened, job.jobId)).length).toBeLessThan(10_000);
    },
  );
});
