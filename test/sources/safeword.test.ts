import { safeword } from '../../src/sources/safeword.ts';
import { cases, longFile } from './fixtures/safeword.ts';
import { testSource } from './support/conformance.ts';

testSource(safeword, cases, longFile);
