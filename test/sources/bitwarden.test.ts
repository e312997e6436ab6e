import { bitwarden } from '../../src/sources/apps/bitwarden.ts';
import { cases } from './fixtures/bitwarden.ts';
import { testSource } from './support/conformance.ts';

testSource(bitwarden, cases);
