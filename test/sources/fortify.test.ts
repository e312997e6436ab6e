import { fortify } from '../../src/sources/fortify.ts';
import { cases, longFile } from './fixtures/fortify.ts';
import { testSource } from './support/conformance.ts';

testSource(fortify, cases, longFile);
