import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, startTestServer } from '../support/test-server.ts';
import { useServer } from './support/use-server.ts';

type Item = Readonly<Record<string, unknown>>;

const EVENTS = '/api/v1/audit/events';
const EXPORT = '/api/v1/audit/export';
const START = Date.UTC(2026, 0, 1);

describe.each(ENGINES)('%s: the audit trail by HTTP', (engine) => {
  const server = useServer(engine);
  let token: string;

  /** Events at known times: two at each second, so that pages break between equal ones. */
  async function append(poolId: string, count: number, at = START, change: object = {}) {
    const { store, audit } = server().services;
    const entries = Array.from({ length: count }, (_, index) => ({
      ...audit.stamp(
        { poolId, id: `key-${index % 3}`, address: `192.0.2.${index % 5}`, requestId: `r${index}` },
        {
          action: index % 2 === 0 ? 'otp.verify' : 'user.create',
          result: index % 4 === 0 ? 'refused' : 'ok',
          userId: index % 7 === 0 ? undefined : `u${index % 7}`,
          detail: { index },
        },
      ),
      at: at + Math.floor(index / 2) * 1000,
      ...change,
    }));
    await store.transaction((queries) => queries.audit.append(entries));
  }

  const get = (path: string, query: Readonly<Record<string, string>> = {}) =>
    server().call('GET', `${path}?${new URLSearchParams(query)}`, { token });
  const until = { to: String(START + 1_000_000) };

  async function listAll(query: Readonly<Record<string, string>> = {}): Promise<Item[]> {
    const all: Item[] = [];
    let cursor = '';
    do {
      const { body } = await get(EVENTS, { ...until, ...query, ...(cursor === '' ? {} : { cursor }) });
      expect(body.statusCode).toBe(200);
      all.push(...body.data.list);
      cursor = body.data.nextCursor ?? '';
    } while (cursor !== '');
    return all;
  }

  const linesOf = (answer: Answer): Item[] =>
    (answer.body as string)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    token = await server().token(['audit:read']);
    await append(server().poolId, 100);
    await append('another pool', 20);
  });

  it('a misspelt filter is refused: passed over, it would let everything through', async () => {
    for (const path of [EVENTS, EXPORT]) {
      const answer = await get(path, { user: 'u1' });
      expect([answer.status, answer.body.statusCode]).toEqual([400, 400]);
      expect(answer.body.message).toContain('userId');
    }
  });

  it('lists events newest first, with every member, and never those of another pool', async () => {
    const all = await listAll();
    expect(all).toHaveLength(100);
    const times = all.map(({ at }) => Date.parse(at as string));
    expect(times).toEqual(times.toSorted((left, right) => right - left));
    expect(all.find(({ requestId }) => requestId === 'r1')).toEqual({
      at: '2026-01-01T00:00:00.000Z',
      action: 'user.create',
      result: 'ok',
      actor: 'key-1',
      address: '192.0.2.1',
      requestId: 'r1',
      userId: 'u1',
      detail: { index: 1 },
      writerId: expect.stringMatching(/^[0-9a-f]{24}$/),
      sequence: expect.any(Number),
    });
  });

  it.each([1, 3, 50, 99, 100, 1000])('gives each event once with pages of %i', async (limit) => {
    const all = await listAll({ limit: String(limit) });
    expect(all).toEqual(await listAll());
    expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(100);
  });

  it('keeps later pages as they were while events come in', async () => {
    const before = await listAll({ userId: 'u3' });
    const first = await get(EVENTS, { userId: 'u3', limit: '5', ...until });
    await append(server().poolId, 10, START + 900_000, { user_id: 'u3' });
    const rest = await get(EVENTS, { userId: 'u3', limit: '1000', cursor: first.body.data.nextCursor, ...until });
    expect([...first.body.data.list, ...rest.body.data.list]).toEqual(before);
  });

  it.each<[Readonly<Record<string, string>>, (item: Item) => boolean]>([
    [{ action: 'otp.verify' }, ({ action }) => action === 'otp.verify'],
    [{ action: 'otp.' }, ({ action }) => String(action).startsWith('otp.')],
    [{ action: 'OTP.' }, () => false],
    [{ action: '%.' }, () => false],
    [{ result: 'refused' }, ({ result }) => result === 'refused'],
    [{ actor: 'key-2' }, ({ actor }) => actor === 'key-2'],
    [{ userId: 'u5' }, ({ userId }) => userId === 'u5'],
    [{ address: '192.0.2.4' }, ({ address }) => address === '192.0.2.4'],
    [{ requestId: 'r17' }, ({ requestId }) => requestId === 'r17'],
    [{ from: '2026-01-01T00:00:20Z' }, ({ at }) => Date.parse(at as string) >= START + 20_000],
    [{ from: '2026-01-01T08:00:20+08:00' }, ({ at }) => Date.parse(at as string) >= START + 20_000],
    [{ from: '2026-01-01' }, () => true],
    [{ to: String(START + 10_000) }, ({ at }) => Date.parse(at as string) < START + 10_000],
    [{ action: 'user.', result: 'ok', actor: 'key-1', from: '2026-01-01T00:00:10Z' }, () => true],
  ])('takes the filter %j, and the export the same', async (query, matches) => {
    const every = await listAll();
    const chosen = every.filter(
      (item) =>
        matches(item) &&
        (!('actor' in query) || item.actor === query.actor) &&
        (!('result' in query) || item.result === query.result) &&
        (query.action !== 'user.' || item.action === 'user.create') &&
        (!query.from?.startsWith('2026-01-01T00:00:10') || Date.parse(item.at as string) >= START + 10_000),
    );
    expect(await listAll(query)).toEqual(chosen);
    const exported = await get(EXPORT, { ...until, ...query });
    expect(linesOf(exported).map(({ hash: _, ...item }) => item)).toEqual(chosen.toReversed());
  });

  it.each([
    { from: 'yesterday' },
    { from: '2026-02-30T00:00:00' },
    { to: '2026-01-01T00:00:00' },
    { result: 'good' },
    { limit: '0' },
    { limit: '1001' },
    { cursor: 'x' },
    { cursor: Buffer.from(`[1,"' or 1=1",1]`).toString('base64url') },
  ])('refuses %j, in the envelope', async (query) => {
    for (const path of [EVENTS, EXPORT]) {
      if (path === EXPORT && ('limit' in query || 'cursor' in query)) continue;
      const { status, body, headers } = await get(path, query);
      expect([status, body.statusCode]).toEqual([400, 400]);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body.message).toContain(Object.keys(query)[0]);
    }
  });

  it('is refused without audit:read, in the envelope, the export too', async () => {
    const other = await server().token(['users:read']);
    for (const path of [EVENTS, EXPORT]) {
      const { status, body } = await server().call('GET', path, { token: other });
      expect([status, body.statusCode]).toEqual([403, 403]);
    }
  });

  it('leaves one event of an export, and one of a listing', async () => {
    for (const [path, action] of [
      [EXPORT, 'audit.export'],
      [EVENTS, 'api.call'],
    ] as const) {
      const answer = await get(path, { ...until, action: 'otp.' });
      const requestId = answer.headers.get('x-request-id') as string;
      await server().services.audit.flush();
      const { body } = await get(EVENTS, { requestId });
      expect(body.data.list).toMatchObject([{ action, result: 'ok' }]);
      if (action === 'audit.export') expect(body.data.list[0].detail).toMatchObject({ action: 'otp.' });
    }
  });

  it('streams many events without gathering them, as fast as the caller reads', async () => {
    await using large = await startTestServer(engine);
    const { store, audit } = large.services;
    const detail = { text: 'x'.repeat(1_000) };
    const actor = { poolId: large.poolId, id: 'key', address: '', requestId: 'large' };
    for (let start = 0; start < 20_000; start += 1_000) {
      const entries = Array.from({ length: 1_000 }, () => audit.stamp(actor, { action: 'a', result: 'ok', detail }));
      await store.transaction((queries) => queries.audit.append(entries));
    }
    let pages = 0;
    const { page } = store.read.audit;
    const counted = large.services.store.read.audit as { page: typeof page };
    counted.page = (...words) => {
      pages++;
      return page(...words);
    };
    const headers = { authorization: `Bearer ${await large.token()}` };
    const response = await fetch(`${large.url}${EXPORT}?requestId=large`, { headers });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    // Nobody reads yet: some pages wait in buffers, the rest in the database.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(pages).toBeLessThan(35);
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines).toHaveLength(20_000);
    const sequences = lines.map((line) => JSON.parse(line) as { writerId: string; sequence: number });
    expect(new Set(sequences.map(({ writerId, sequence }) => `${writerId} ${sequence}`)).size).toBe(20_000);
    expect(pages).toBeGreaterThanOrEqual(40);
  });
});
