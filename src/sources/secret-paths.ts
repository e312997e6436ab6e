import { isJsonObject, type JsonObject } from './json-object.ts';

const MINIMUM_SECRET_LENGTH = 16;
const MAXIMUM_PATHS = 20;
const MAXIMUM_NAME_LENGTH = 32;

const ABOUT_OTP = /otp|mfa|2fa|two_?factor|authenticator|guardian/i;
const HOLDS_SECRET = /secret|seed|key|totp|otp|uri|url/i;

/**
 * Finds where a record of an unknown layout may hold OTP secrets, by the names of its members alone.
 *
 * @returns paths of names joined by dots, `*` for the elements of a list
 */
export function findSecretPaths(record: JsonObject): string[] {
  const paths = new Set<string>();
  const visit = (value: unknown, names: readonly string[]): void => {
    if (paths.size >= MAXIMUM_PATHS) return;
    if (Array.isArray(value)) for (const element of value) visit(element, [...names, '*']);
    else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) visit(member, [...names, shownName(name)]);
    } else if (typeof value === 'string' && value.length >= MINIMUM_SECRET_LENGTH && isOfSecret(names)) {
      paths.add(names.join('.'));
    }
  };
  visit(record, []);
  return [...paths];
}

/** Gives the values at a path of {@link findSecretPaths}; a number is a place in a list, from 0. */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  let values: readonly unknown[] = [value];
  for (const name of path.split('.')) values = values.flatMap((one) => membersOf(one, name));
  return values.filter((one) => one !== undefined && one !== null && one !== '');
}

function membersOf(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (name === '*') return Object.values(value);
  return Object.hasOwn(value, name) ? [(value as JsonObject)[name]] : [];
}

function isOfSecret(names: readonly string[]): boolean {
  const name = names.findLast((one) => one !== '*');
  return name !== undefined && HOLDS_SECRET.test(name) && ABOUT_OTP.test(names.join('.'));
}

/** The paths are shown, and in a map from secrets to something else the name would be the secret. */
function shownName(name: string): string {
  const isName = name.length <= MAXIMUM_NAME_LENGTH && /^[A-Za-z_$][\w$-]*$/.test(name);
  return isName && !/^[A-Z2-7]{8,}$/.test(name) && !/^[0-9a-f]{16,}$/i.test(name) ? name : '*';
}
