import { aegis } from '../../src/sources/apps/aegis.ts';
import { cases } from './fixtures/aegis.ts';
import { testSource } from './support/conformance.ts';

testSource(aegis, cases);
