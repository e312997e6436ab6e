import { beforeAll, describe, expect, it } from 'vitest';
import { exportText, ITEMS, openContainer, PASSWORD, told } from '../export/exporting.ts';
import { importItems } from '../import/importing.ts';
import { runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { useServer } from './support/use-server.ts';

const EXPORT = '/api/v1/export';
const EXPECTED = ITEMS.map(told).toSorted((left, right) => (left.userId < right.userId ? -1 : 1));

describe.each(ENGINES)('%s: exporting by HTTP', (engine) => {
  const server = useServer(engine);
  let token: string;

  const post = (body: object) => server().call('POST', EXPORT, { token, body });

  beforeAll(async () => {
    token = await server().token(['otp:read-secret']);
    await importItems(server().services, server().poolId, ITEMS, { createMissingUsers: true });
  });

  it('gives the encrypted form unless another is named', async () => {
    const answer = await post({ password: PASSWORD });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(openContainer(answer.body, PASSWORD)).toEqual(EXPECTED);
  });

  it.each(['authing', 'ndjson', 'otpauth', 'csv'])('gives %s in clear where that is said', async (format) => {
    const { text } = await exportText(server().services, server().poolId, format);
    expect((await post({ format, revealSecrets: true })).body).toBe(text);
  });

  it.each([
    ['nothing said', {}],
    ['a short password', { password: 'x'.repeat(11) }],
    ['a clear format without a word', { format: 'csv' }],
    ['a clear format that is not meant', { format: 'csv', revealSecrets: false }],
    ['a clear format meant in a text', { format: 'csv', revealSecrets: 'true' }],
    ['a password that would do nothing', { format: 'csv', revealSecrets: true, password: PASSWORD }],
    ['a misspelt member', { password: PASSWORD, formt: 'csv' }],
    ['an unknown format', { format: 'xml', revealSecrets: true }],
  ])('is refused with an envelope: %s', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.body.statusCode]).toEqual([400, 400]);
    expect(JSON.stringify(answer.body)).not.toContain(PASSWORD);
  });

  it('is audited by its own events', async () => {
    const { services, poolId } = server();
    await post({ format: 'csv', revealSecrets: true });
    await services.audit.flush();
    const events = await services.store.read.audit.list(poolId, 1_000);
    const actions = events.filter(({ detail }) => detail.includes('csv')).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['otp.export', 'otp.export-end']));
    expect(events.some(({ detail }) => detail.includes(PASSWORD))).toBe(false);
  });

  it('breaks off, after all others, where a user is left out', async () => {
    await runSql(server().database, `update factor set digits = 8 where user_id = 'alice'`);
    const response = await fetch(server().url + EXPORT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ format: 'ndjson', revealSecrets: true }),
    });
    let text = '';
    const reading = async () => {
      for await (const piece of response.body as ReadableStream<Uint8Array>) text += Buffer.from(piece).toString();
    };
    await expect(reading()).rejects.toThrow();
    const users = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).userId);
    expect(users).toEqual(EXPECTED.map(({ userId }) => userId).filter((userId) => userId !== 'alice'));
  });
});
