import type { ExpectedItem } from '../support/cases.ts';
import type { Sample } from '../support/samples.ts';

const ONE = { username: 'user-with-one-configured-otp', email: 'otp1@redhat.com' };
const TWO = { username: 'user-with-two-configured-otp', email: 'otp2@redhat.com' };

/** Seven users without an OTP stand before these. */
const withOtp: readonly ExpectedItem[] = [
  { item: 8, secret: 'sha256:2bbf5a83b74d', user: ONE },
  { item: 9, secret: 'sha256:2bbf5a83b74d', user: TWO },
  { item: 10, secret: 'sha256:7aded8910c47', user: TWO },
];

export const samples: readonly Sample[] = [
  { file: 'kc26-testrealm.json', source: 'keycloak', expected: withOtp, counts: { entries: 3, nothing: 8 } },
  { file: 'kc26-dir-test-realm.json', source: 'keycloak', expected: withOtp, counts: { entries: 3, nothing: 7 } },
  { file: 'zitadel-tools-realm.json', source: 'keycloak', expected: ['nothing'] },
];
