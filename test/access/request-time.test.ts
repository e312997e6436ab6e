import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequestTime } from '../../src/access/request-time.ts';
import { expectRefused } from '../vault/open-vault.ts';

const NOW = Date.parse('2026-11-22T15:13:04Z');
const SKEW_MS = 300_000;
const read = (header: string | undefined) => readRequestTime(header, NOW, SKEW_MS);

describe('time of a signed request', () => {
  it('is read in RFC 1123 form and in milliseconds', () => {
    expect(read('Sun, 22 Nov 2026 15:13:04 GMT')).toBe(NOW);
    expect(read(' Sun, 22 Nov 2026 15:13:04 GMT ')).toBe(NOW);
    expect(read(String(NOW + 17))).toBe(NOW + 17);
  });

  it('is the same in both forms, for every second', () => {
    const seconds = fc.integer({ min: -300, max: 300 }).map((offset) => NOW + offset * 1000);
    fc.assert(
      fc.property(seconds, (time) => {
        expect(read(new Date(time).toUTCString())).toBe(time);
        expect(read(String(time))).toBe(time);
      }),
    );
  });

  it('may differ by the allowed skew, and by not a millisecond more', () => {
    for (const time of [NOW - SKEW_MS, NOW + SKEW_MS]) expect(read(String(time))).toBe(time);
    for (const time of [NOW - SKEW_MS - 1, NOW + SKEW_MS + 1, 0, 999_999_999_999_999]) {
      expectRefused(() => read(String(time)), 'clock_skew');
    }
    expectRefused(() => read('Sun, 22 Nov 2026 15:08:03 GMT'), 'clock_skew');
  });

  it('is missing (1304) when the header is absent or empty', () => {
    for (const header of [undefined, '', ' ', '\t']) expectRefused(() => read(header), 'date_missing');
  });

  it('is unreadable (1303) in any other form', () => {
    const unreadable = [
      '2026-11-22T15:13:04Z',
      'Sunday, 22-Nov-26 15:13:04 GMT',
      'Sun Nov 22 15:13:04 2026',
      'Sun, 22 Nov 2026 15:13:04 +0000',
      'Sun, 22 Nov 2026 15:13:04 CET',
      'Sun, 22 Xyz 2026 15:13:04 GMT',
      'Sun, 22 Nov 2026 25:13:04 GMT',
      `-${NOW}`,
      `${NOW}.5`,
      '1.7e12',
      '0x19abcdef',
      '１７９５',
      '1'.repeat(16),
      'now',
    ];
    for (const header of unreadable) expectRefused(() => read(header), 'timestamp_unreadable');
  });

  it('never is anything but a time within the skew or one of three refusals', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        try {
          expect(Math.abs(read(header) - NOW)).toBeLessThanOrEqual(SKEW_MS);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(date_missing|timestamp_unreadable|clock_skew)$/),
          });
        }
      }),
    );
  });
});
