import { describe, expect, it } from 'vitest';
import { examine } from '../src/doctor.ts';
import { openServices } from '../src/services.ts';
import { createTestDatabase, ENGINES } from './support/engines.ts';

const NOW = Date.UTC(2026, 5, 1);

describe.each(ENGINES)('the doctor, on %s', (engine) => {
  it('tells of a clock by which no code would be judged', async () => {
    const { config } = await createTestDatabase(engine);
    await (await openServices(config, { clock: () => NOW })).close();
    expect(await clockCheck(NOW - 10_000)).toMatchObject({ result: expect.not.stringContaining('failed') });
    expect(await clockCheck(NOW - 60_000)).toMatchObject({ result: 'failed', parameters: { seconds: 60 } });

    async function clockCheck(now: number) {
      return (await examine(config, () => now)).find(({ name }) => name === 'clock');
    }
  });
});
