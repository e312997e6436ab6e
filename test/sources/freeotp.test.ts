import { freeotp } from '../../src/sources/apps/freeotp.ts';
import { cases } from './fixtures/freeotp.ts';
import { testSource } from './support/conformance.ts';

testSource(freeotp, cases);
