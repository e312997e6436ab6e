import { authentik } from '../../src/sources/authentik.ts';
import { cases, longFile } from './fixtures/authentik.ts';
import { testSource } from './support/conformance.ts';

testSource(authentik, cases, longFile);
