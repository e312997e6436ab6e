import { FactorportError } from '../errors/error.ts';

/**
 * Reads when a signed request was made: `x-authing-date` or `date`, in RFC 1123 form (Node) or as milliseconds since
 * 1970 (C#, older Java).
 *
 * @throws `date_missing` (1304), `timestamp_unreadable` (1303), `clock_skew` (1305)
 */
export function readRequestTime(header: string | undefined, now: number, skewMs: number): number {
  if (header === undefined || header.trim() === '') throw new FactorportError('date_missing');
  const text = header.trim();
  const time = /^\d{1,15}$/.test(text) ? Number(text) : parseRfc1123(text);
  if (time === undefined) throw new FactorportError('timestamp_unreadable');
  if (Math.abs(now - time) > skewMs) {
    throw new FactorportError('clock_skew', { parameters: { limitSeconds: Math.round(skewMs / 1000) } });
  }
  return time;
}

/** `Sun, 22 Nov 2026 15:13:04 GMT`: RFC 9110 §5.6.7, IMF-fixdate. */
function parseRfc1123(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
