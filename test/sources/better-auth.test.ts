import { betterAuth } from '../../src/sources/better-auth.ts';
import { cases, longFile } from './fixtures/better-auth.ts';
import { testSource } from './support/conformance.ts';

testSource(betterAuth, cases, longFile);
