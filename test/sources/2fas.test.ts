import { twoFas } from '../../src/sources/apps/two-fas.ts';
import { cases } from './fixtures/2fas.ts';
import { testSource } from './support/conformance.ts';

testSource(twoFas, cases);
