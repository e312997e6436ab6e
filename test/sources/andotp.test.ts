import { andotp } from '../../src/sources/apps/andotp.ts';
import { cases } from './fixtures/andotp.ts';
import { testSource } from './support/conformance.ts';

testSource(andotp, cases);
