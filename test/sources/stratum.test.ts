import { stratum } from '../../src/sources/apps/stratum.ts';
import { cases, longFile } from './fixtures/stratum.ts';
import { testSource } from './support/conformance.ts';

testSource(stratum, cases, longFile);
