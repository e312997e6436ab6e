import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { uniqueName, useServer } from '../conformance/support/use-server.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { jobAtEnd, upload } from './import-files.ts';

const PATH = '/api/v1/import-jobs';

function item(userId: string, secret: string): string {
  return `${JSON.stringify({ userId, otp: { secret } })}\n`;
}

/** Reads the events of a job until the answer ends. */
async function readEvents(
  server: TestServer,
  token: string,
  jobId: string,
): Promise<{ name: string; state: string }[]> {
  const response = await fetch(`${server.url}${PATH}/${jobId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { name, state: JSON.parse(data).state };
    });
}

describe.each(ENGINES)('%s: import jobs by the API', (engine) => {
  const server = useServer(engine);

  async function ready(token: string, file: string): Promise<string> {
    const { body } = await upload(server(), token, 'fileName=users.ndjson', file);
    return body.data.jobId;
  }
  const act = (token: string, jobId: string, what: string, body: object = {}) =>
    server().call('POST', `${PATH}/${jobId}/${what}`, { token, body });
  async function finished(token: string, file: string, options: object = {}) {
    const jobId = await ready(token, file);
    expect((await act(token, jobId, 'run', options)).status).toBe(200);
    return jobAtEnd(server(), token, jobId);
  }

  it('a rehearsal writes nothing and says what would come out; then the same job is run', async () => {
    const token = await server().token();
    const [user, other] = [uniqueName(), uniqueName()];
    const jobId = await ready(token, item(user, plantedSeed(9_100)) + item(other, 'not base32'));
    expect((await act(token, jobId, 'run', { createUsers: true, dryRun: true })).body.data.state).toBe('running');
    const rehearsed = await jobAtEnd(server(), token, jobId);
    expect(rehearsed).toMatchObject({ state: 'ready', counts: { items: 2, added: 1, failed: 1 } });
    await expect(server().services.factors.find(server().poolId, user)).rejects.toThrow();
    const run = await act(token, jobId, 'run');
    expect(run.body).toMatchObject({ data: { state: 'running', run: 2 } });
    expect(run.body.data.options).toMatchObject({ createUsers: true, dryRun: false });
    const job = await jobAtEnd(server(), token, jobId);
    expect(job).toMatchObject({ state: 'finished', counts: rehearsed.counts });
    expect(await server().services.factors.find(server().poolId, user)).toBeDefined();
    expect((await act(token, jobId, 'run')).status).toBe(409);
  });

  it('a file is recognised before it is run, and a code proves how it is read', async () => {
    const token = await server().token();
    const jobId = await ready(token, item('ann', plantedSeed(9_101)));
    const inspection = await act(token, jobId, 'inspect');
    expect(inspection.body.data).toMatchObject({ format: 'authing', because: expect.any(String), table: null });
    const proof = await act(token, jobId, 'prove', { user: 'ann', code: '000000' });
    expect(proof.body.data).toMatchObject({ found: true, verified: false });
    const nobody = await act(token, jobId, 'prove', { user: 'nobody', code: '000000' });
    expect(nobody.body.data).toEqual({ found: false, verified: false, otherReadings: [] });
  });

  it('a refusal of a file names itself for programs', async () => {
    const token = await server().token();
    const { body } = await act(token, await ready(token, 'no format has this'), 'inspect');
    expect(body).toMatchObject({ statusCode: 400, data: { error: 'source_unknown' } });
  });

  it('the report of NDJSON and CSV, with the secrets filled in, is imported', async () => {
    const token = await server().token();
    for (const format of ['ndjson', 'csv'] as const) {
      const users = [uniqueName(), uniqueName()];
      const job = await finished(token, users.map((user) => item(user, 'broken!')).join(''), { createUsers: true });
      expect(job.counts).toMatchObject({ items: 2, failed: 2 });
      const { body: report, headers } = await server().call('GET', `${PATH}/${job.jobId}/report?format=${format}`, {
        token,
        headers: { 'x-authing-lang': 'en' },
      });
      expect(headers.get('content-type')).toMatch(format === 'csv' ? /^text\/csv/ : /ndjson$/);
      expect(report).toContain('not_base32');
      const mended = format === 'csv' ? mendCsv(report) : mendNdjson(report);
      const again = await finished(token, mended, { createUsers: true });
      expect(again).toMatchObject({ state: 'finished', counts: { items: 2, added: 2, failed: 0 } });
    }
  });

  it('the report comes in pages, too, and by reason', async () => {
    const token = await server().token();
    const file = Array.from({ length: 5 }, (_, index) => item(uniqueName(), index === 3 ? 'ABC' : '1')).join('');
    const { jobId } = await finished(token, file, { createUsers: true });
    const page = async (query: string) =>
      (await server().call('GET', `${PATH}/${jobId}/report?${query}`, { token })).body.data;
    const first = await page('limit=2');
    expect(first.list).toHaveLength(2);
    const second = await page(`limit=3&after=${first.nextAfter}`);
    expect([...first.list, ...second.list].map(({ item }) => item)).toEqual([1, 2, 3, 4, 5]);
    expect(second).not.toHaveProperty('nextAfter');
    const { reason } = second.list[1];
    const some = await page(`reason=${reason}`);
    expect(some.list.every((row: { reason: string }) => row.reason === reason)).toBe(true);
    expect((await server().call('GET', `${PATH}/${jobId}/report?reason=nothing`, { token })).status).toBe(400);
  });

  it('jobs are listed in pages, none twice and none left out', async () => {
    const token = await server().token();
    const made: string[] = [];
    for (let count = 0; count < 3; count++) made.push(await ready(token, item('x', plantedSeed(9_102))));
    const listed: string[] = [];
    for (let after = ''; listed.length < 100; ) {
      const { body } = await server().call('GET', `${PATH}?limit=2&after=${after}`, { token });
      listed.push(...body.data.list.map((job: { jobId: string }) => job.jobId));
      after = body.data.nextAfter;
      if (after === undefined) break;
    }
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(made));
  });

  it('events tell of the job while it goes, and of its end', { timeout: 30_000 }, async () => {
    const token = await server().token();
    const jobId = await ready(token, manyItems(3_000));
    await act(token, jobId, 'run', { createUsers: true });
    const events = await readEvents(server(), token, jobId);
    expect(events.at(0)).toEqual({ name: 'job', state: 'running' });
    expect(events.at(-1)).toEqual({ name: 'end', state: 'finished' });
  });

  it('stopping the service ends the events at once, without their end', {
    timeout: 30_000,
  }, async () => {
    await using own = await startTestServer(engine, { settings: { FACTORPORT_SHUTDOWN_SECONDS: '20' } });
    const token = await own.token();
    const { body } = await upload(own, token, '', item('x', plantedSeed(9_103)));
    const { jobId } = body.data;
    await own.services.store.transaction((queries) =>
      queries.importJobs.update(own.poolId, jobId, { state: 'running', runner: 'elsewhere:1:1' }),
    );
    const headers = { authorization: `Bearer ${token}` };
    const staying = await fetch(`${own.url}${PATH}/${jobId}/events`, { headers });
    const text = staying.text();
    await setTimeout(100);
    const begun = performance.now();
    await own.stop();
    expect(await text).not.toContain('event: end');
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it('a job is stopped, gone on with, and undone', { timeout: 30_000 }, async () => {
    const token = await server().token();
    const jobId = await ready(token, manyItems(300));
    await act(token, jobId, 'run', { createUsers: true });
    const cancelled = await act(token, jobId, 'cancel');
    expect(cancelled.status).toBe(200);
    const stopped = await jobAtEnd(server(), token, jobId);
    expect(stopped).toMatchObject({ state: 'stopped', outcome: { code: 'stopped_by_request' } });
    expect((await act(token, jobId, 'resume')).status).toBe(200);
    const job = await jobAtEnd(server(), token, jobId);
    expect(job).toMatchObject({ state: 'finished', outcome: null, counts: { items: 300, added: 300 } });
    expect((await act(token, jobId, 'undo')).body.data.state).toBe('undoing');
    const undone = await jobAtEnd(server(), token, jobId);
    expect(undone).toMatchObject({ state: 'undone', undo: { usersDeleted: 300 } });
    expect((await act(token, jobId, 'undo')).status).toBe(409);
    expect((await act(token, jobId, 'cancel')).status).toBe(409);
  });

  it('undoing a job that has created users needs the scope for it', async () => {
    const token = await server().token();
    const { jobId } = await finished(token, item(uniqueName(), plantedSeed(9_104)), { createUsers: true });
    const weaker = await server().token(['otp:import']);
    expect((await act(weaker, jobId, 'undo')).status).toBe(403);
    expect((await act(token, jobId, 'undo')).status).toBe(200);
  });

  it('a missing job is answered like one of another pool, whatever its name', async () => {
    const token = await server().token();
    for (const id of ['6b036e1d3f3f35146720c7e3', 'x', '..', '%2e%2e', "'", '6b036e1d%00']) {
      const { status } = await server().call('GET', `${PATH}/${encodeURIComponent(id)}`, { token });
      expect(status, id).toBeGreaterThanOrEqual(400);
      expect(status, id).toBeLessThan(405);
    }
  });
});

function manyItems(count: number): string {
  const prefix = uniqueName('many');
  return Array.from({ length: count }, (_, index) => item(`${prefix}-${index}`, plantedSeed(index))).join('');
}

function mendNdjson(report: string): string {
  return report
    .split('\n')
    .map((line, index) => line.replace('"secret":""', `"secret":"${plantedSeed(9_200 + index)}"`))
    .join('\n');
}

function mendCsv(report: string): string {
  const [head = '', ...rows] = report.split('\r\n');
  const column = head.replace('\ufeff', '').split(',').indexOf('secret');
  const mended = rows.map((row, index) => {
    if (row === '') return row;
    const cells = row.split(',');
    cells[column] = plantedSeed(9_300 + index);
    return cells.join(',');
  });
  return [head, ...mended].join('\r\n');
}
