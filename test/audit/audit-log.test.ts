import { describe, expect, it } from 'vitest';
import { createAuditLog } from '../../src/audit/audit-log.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../store/open-store.ts';
import { ENGINES } from '../support/engines.ts';

const ACTOR = { poolId: 'pool', id: 'key', address: '', requestId: 'request' };
const STRANGER = { ...ACTOR, poolId: '', id: '' };
const EVENT = { action: 'api.call', result: 'ok' } as const;

describe.each(ENGINES)('audit log on %s', (engine) => {
  it('keeps collected events while the database refuses them, and writes each once when it is back', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    let refusals = 2;
    const flaky: Store = {
      ...store,
      transaction: (work) => (refusals-- > 0 ? Promise.reject(new Error('away')) : store.transaction(work)),
    };
    const errors: unknown[] = [];
    const audit = createAuditLog(flaky, Date.now, (error) => errors.push(error));
    for (let count = 0; count < 251; count++) audit.record(ACTOR, EVENT);
    await audit.flush();
    await audit.flush();
    expect(await store.read.audit.list('pool', 1000)).toHaveLength(0);
    await audit.close();
    const written = await store.read.audit.list('pool', 1000);
    expect(written.map((event) => event.sequence).sort((left, right) => left - right)).toEqual(
      Array.from({ length: 251 }, (_, index) => index + 1),
    );
    expect(errors).toHaveLength(2);
  });

  it('counts a flood of callers without a key instead of keeping it, and keeps what others do beside it', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const audit = createAuditLog(store, Date.now, () => undefined);
    for (let count = 0; count < 5_000; count++) audit.record(STRANGER, EVENT);
    audit.record(ACTOR, EVENT);
    await audit.close();
    const strangers = await store.read.audit.list('', 1000);
    expect(strangers.length).toBeLessThan(100);
    const overflow = strangers.find((event) => event.action === 'audit.overflow');
    expect(JSON.parse(overflow?.detail ?? '{}').dropped).toBeGreaterThan(4_900);
    expect(await store.read.audit.list('pool', 10)).toHaveLength(1);
  });
});
