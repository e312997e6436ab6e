import { oathCsv } from '../../src/sources/oath-csv.ts';
import { cases } from './fixtures/oath-csv.ts';
import { testSource } from './support/conformance.ts';

testSource(oathCsv, cases);
