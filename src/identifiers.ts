import type { IdentifierType } from './store/schema.ts';

const DEFAULT_COUNTRY_CODE = '+86';

/** The form in which an identifier is stored and looked up. */
export function normaliseIdentifier(type: IdentifierType, value: string): string {
  if (type === 'email') return value.toLowerCase();
  if (type === 'phone') return normalisePhone(value, undefined);
  return value;
}

/**
 * A phone number with its country code, except for mainland China, where the API leaves it out: `138 1234 5678`,
 * `+8613812345678` and `13812345678` with the code `+86` are one number.
 */
export function normalisePhone(phone: string, countryCode: string | undefined): string {
  const digits = phone.replace(/[\s().-]/g, '');
  const code = countryCode?.replace(/[\s-]/g, '').replace(/^(?:00|\+)?(?=\d)/, '+');
  const full = digits.startsWith('+') || !code ? digits : code + digits;
  return full.startsWith(DEFAULT_COUNTRY_CODE) ? full.slice(DEFAULT_COUNTRY_CODE.length) : full;
}
