import { csv } from '../../src/sources/csv.ts';
import { cases } from './fixtures/csv.ts';
import { A } from './fixtures/secrets.ts';
import { testSource } from './support/conformance.ts';

testSource(csv, cases, {
  head: 'user_id,secret,digits\n',
  record: (number) => `user-${number},${A.base32},6\n`,
});
