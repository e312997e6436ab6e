import { googleAuthenticator } from '../../src/sources/google-authenticator.ts';
import { cases, longFile } from './fixtures/google-authenticator.ts';
import { testSource } from './support/conformance.ts';

testSource(googleAuthenticator, cases, longFile);
