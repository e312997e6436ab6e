import { auth0 } from '../../src/sources/auth0.ts';
import { cases, longFile } from './fixtures/auth0.ts';
import { testSource } from './support/conformance.ts';

testSource(auth0, cases, longFile);
