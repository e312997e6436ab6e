import { autheliaCsv } from '../../src/sources/authelia-csv.ts';
import { cases } from './fixtures/authelia-csv.ts';
import { testSource } from './support/conformance.ts';

testSource(autheliaCsv, cases);
