import { authelia } from '../../src/sources/authelia.ts';
import { cases, longFile } from './fixtures/authelia.ts';
import { testSource } from './support/conformance.ts';

testSource(authelia, cases, longFile);
