import { safenet } from '../../src/sources/safenet.ts';
import { cases, longFile } from './fixtures/safenet.ts';
import { testSource } from './support/conformance.ts';

testSource(safenet, cases, longFile);
