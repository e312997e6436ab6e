import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RESYNC_STEPS } from '../../src/verify/judge.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { openTestVerifier, START, USER } from '../verify/open-verifier.ts';

const LONGEST_PERIOD_MS = 300_000;
const WIDEST_WINDOW = 2;
/** So long after its end a step can be reached: by two codes in a row, or by the window around the drift these taught. */
const REACH_MS = (RESYNC_STEPS + WIDEST_WINDOW + 2) * LONGEST_PERIOD_MS;

/** Lets a running service tidy up once: what has expired for certain is gone then. */
async function tidyUp({ services, database }: TestServices): Promise<void> {
  await runSql(database, `insert into used_nonce (access_key_id, nonce, expires_at) values ('key', 'nonce', 1)`);
  services.startBackground();
  while ((await runSql(database, 'select * from used_nonce')).length > 0) await setTimeout(50);
}

describe.each(ENGINES)('a running service on %s', (engine) => {
  it.each([
    ['keeps what was used while any window can reach it', REACH_MS, 1],
    ['forgets it some day', 10 * REACH_MS, 0],
  ])('%s', async (_, laterMs, left) => {
    await using verifier = await openTestVerifier(engine);
    expect(await verifier.verify(verifier.code(1))).toBe('accepted');
    await verifier.opened.services.factors.reset(actorIn(verifier.opened.poolId), USER);
    await verifier.opened.close();
    const { database } = verifier.opened;
    await using later = await openTestServices(engine, { clock: () => START + laterMs, database });
    await tidyUp(later);
    expect(await later.services.store.read.factors.findSpent(later.poolId, [USER])).toHaveLength(left);
  });
});
