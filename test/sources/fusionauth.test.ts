import { fusionauth } from '../../src/sources/fusionauth.ts';
import { cases, longFile } from './fixtures/fusionauth.ts';
import { testSource } from './support/conformance.ts';

testSource(fusionauth, cases, longFile);
