import { pskc } from '../../src/sources/pskc/pskc.ts';
import { cases, longFile } from './fixtures/pskc.ts';
import { testSource } from './support/conformance.ts';

testSource(pskc, cases, longFile);
