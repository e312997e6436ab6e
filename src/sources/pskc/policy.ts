import type { LocalText } from '../../language.ts';
import type { XmlElement } from '../input/xml.ts';
import { child, nameOf } from './elements.ts';

const POLICY_ELEMENTS = new Set(['StartDate', 'ExpiryDate', 'PINPolicy', 'KeyUsage', 'NumberOfTransactions']);
const LIMITS = new Set(['StartDate', 'ExpiryDate', 'NumberOfTransactions']);
const PIN_ATTRIBUTES = new Set([
  'PINKeyId',
  'PINUsageMode',
  'MaxFailedAttempts',
  'MinLength',
  'MaxLength',
  'PINEncoding',
]);

const UNKNOWN: LocalText = { en: 'a policy that is not known', zh: '未知的使用策略' };
const PIN: LocalText = { en: 'a PIN that is checked together with the code', zh: '与验证码一同校验的 PIN' };
const USAGE: LocalText = {
  en: 'another use than one-time passwords (KeyUsage)',
  zh: '一次性密码以外的用途（KeyUsage）',
};

/** What a policy keeps a key from, or whether it has limits that cannot be kept here. */
export type PolicyOutcome = { readonly unsupported: LocalText } | { readonly hasLimits: boolean };

/**
 * Reads the `Policy` of a key (RFC 6030 §5). Where a part of it is not understood the recipient "MUST assume that key
 * usage is not permitted", so the key is refused.
 *
 * A PIN of the mode `Local` unlocks the token itself and is nothing to us; in the other modes the service would have to
 * check it. Dates and the number of uses are limits of the life of a key that has no place in a factor: such a key is
 * taken, with a note, because the date of vendors is that of a guarantee.
 */
export function readPolicy(key: XmlElement, device: XmlElement | undefined): PolicyOutcome {
  const hasDeviceDates = child(device, 'StartDate') !== undefined || child(device, 'ExpiryDate') !== undefined;
  const policy = child(key, 'Policy');
  if (policy === undefined) return { hasLimits: hasDeviceDates };
  const names = policy.children.map(nameOf);
  if (names.some((name) => name === undefined || !POLICY_ELEMENTS.has(name))) return { unsupported: UNKNOWN };
  const usages = policy.children.filter((one) => nameOf(one) === 'KeyUsage').map(({ text }) => text.trim());
  if (usages.length > 0 && !usages.includes('OTP')) return { unsupported: USAGE };
  for (const one of policy.children) {
    if (nameOf(one) !== 'PINPolicy') continue;
    const unsupported = pinProblem(one);
    if (unsupported !== undefined) return { unsupported };
  }
  return { hasLimits: hasDeviceDates || names.some((name) => LIMITS.has(name as string)) };
}

function pinProblem({ attributes, children }: XmlElement): LocalText | undefined {
  if (children.length > 0 || [...attributes.keys()].some((name) => !PIN_ATTRIBUTES.has(name))) return UNKNOWN;
  return attributes.get('PINUsageMode') === 'Local' ? undefined : PIN;
}
