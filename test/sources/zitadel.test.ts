import { zitadel } from '../../src/sources/zitadel.ts';
import { cases, longFile } from './fixtures/zitadel.ts';
import { testSource } from './support/conformance.ts';

testSource(zitadel, cases, longFile);
