import { oathCsv } from '../../src/sources/oath-csv.ts';
import { cases } from './fixtures/oath-csv.ts';
import { A } from './fixtures/secrets.ts';
import { testSource } from './support/conformance.ts';

testSource(oathCsv, cases, { record: (number) => `T${number}, ${A.hex}, totp, 6, 30\n` });
