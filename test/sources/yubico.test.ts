import { yubico } from '../../src/sources/yubico.ts';
import { cases } from './fixtures/yubico.ts';
import { testSource } from './support/conformance.ts';

testSource(yubico, cases);
