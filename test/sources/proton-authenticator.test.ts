import { proton } from '../../src/sources/apps/proton.ts';
import { cases, longFile } from './fixtures/proton-authenticator.ts';
import { testSource } from './support/conformance.ts';

testSource(proton, cases, longFile);
