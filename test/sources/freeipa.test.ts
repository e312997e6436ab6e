import { freeipa } from '../../src/sources/freeipa.ts';
import { cases, longFile } from './fixtures/freeipa.ts';
import { testSource } from './support/conformance.ts';

testSource(freeipa, cases, longFile);
