import { entra } from '../../src/sources/entra.ts';
import { cases } from './fixtures/entra.ts';
import { testSource } from './support/conformance.ts';

testSource(entra, cases);
