import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCounterNames, createRecentSet, networkOf } from '../../src/http/rate-limit.ts';
import { HOUR_MS } from './rate-limits.ts';

describe('a flood from many addresses', () => {
  it('finds a bounded number of counters', () => {
    const counterOf = createCounterNames(randomBytes(16));
    const counters = new Set(Array.from({ length: 100_000 }, (_, index) => counterOf(`198.${index}`)));
    expect(counters.size).toBeLessThanOrEqual(65_536);
    expect([...counters].every((name) => /^[0-9a-f]{4}$/.test(name))).toBe(true);
  });

  it('cannot tell which addresses share a counter: another process has them otherwise', () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    const [one, another] = [1, 2].map(() => addresses.map(createCounterNames(randomBytes(16))));
    expect(one).not.toEqual(another);
  });

  it('leaves a bounded number of proofs, the latest', () => {
    let now = 0;
    const proofs = createRecentSet(100, HOUR_MS, () => now++);
    proofs.add('first');
    for (let number = 0; number < 1_000; number++) {
      proofs.add(`proof ${number}`);
      if (number % 50 === 0) proofs.add('first');
    }
    expect(proofs.size).toBe(100);
    expect(['first', 'proof 999', 'proof 910', 'proof 800'].map((proof) => proofs.has(proof))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
