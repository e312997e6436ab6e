import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

describe('the log', () => {
  it('has a line for each answer, under the request id that the caller was told', async () => {
    await using server = await startTestServer('sqlite');
    const token = await server.token(['users:read']);
    const answers = [
      await server.call('GET', '/api/v3/list-users', { token }),
      await server.call('GET', '/api/v3/get-user?userId=nobody', { token }),
      await server.call('POST', '/api/v3/import-otp', { body: { list: [] } }),
    ];
    const linesOf = (requestId: string) =>
      readFileSync(server.logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes(requestId))
        .map((line) => JSON.parse(line));
    const last = answers.at(-1)?.body.requestId;
    await vi.waitUntil(() => linesOf(last).length > 0);
    for (const { body } of answers) {
      const [line, ...others] = linesOf(body.requestId);
      expect(others).toEqual([]);
      expect(line).toMatchObject({ requestId: body.requestId, status: 200, statusCode: body.statusCode });
      expect(line.route).toMatch(/^\/api\/v3\//);
    }
    expect(readFileSync(server.logFile, 'utf8')).not.toContain('nobody');
  });
});
