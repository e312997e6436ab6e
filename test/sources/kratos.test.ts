import { kratos } from '../../src/sources/kratos.ts';
import { cases, longFile } from './fixtures/kratos.ts';
import { testSource } from './support/conformance.ts';

testSource(kratos, cases, longFile);
