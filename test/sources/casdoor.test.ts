import { casdoor } from '../../src/sources/casdoor.ts';
import { cases, longFile } from './fixtures/casdoor.ts';
import { testSource } from './support/conformance.ts';

testSource(casdoor, cases, longFile);
