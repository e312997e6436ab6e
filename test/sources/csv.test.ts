import { csv } from '../../src/sources/csv.ts';
import { cases } from './fixtures/csv.ts';
import { A } from './fixtures/secrets.ts';
import { testSource } from './support/conformance.ts';
import { fuzzSource } from './support/fuzz.ts';

testSource(csv, cases, {
  head: 'user_id,secret,digits\n',
  record: (number) => `user-${number},${A.base32},6\n`,
});
fuzzSource(csv, cases, { inputs: 500, seed: 7 });
