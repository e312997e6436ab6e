import { otpauth } from '../../src/sources/otpauth.ts';
import { cases, longFile } from './fixtures/otpauth.ts';
import { testSource } from './support/conformance.ts';

testSource(otpauth, cases, longFile);
