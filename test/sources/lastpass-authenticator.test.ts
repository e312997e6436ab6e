import { lastpass } from '../../src/sources/apps/lastpass.ts';
import { cases, longFile } from './fixtures/lastpass-authenticator.ts';
import { testSource } from './support/conformance.ts';

testSource(lastpass, cases, longFile);
