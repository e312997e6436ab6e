import { logto } from '../../src/sources/logto.ts';
import { cases, longFile } from './fixtures/logto.ts';
import { testSource } from './support/conformance.ts';

testSource(logto, cases, longFile);
