import { clerk } from '../../src/sources/clerk.ts';
import { cases, longFile } from './fixtures/clerk.ts';
import { testSource } from './support/conformance.ts';

testSource(clerk, cases, longFile);
