import { supertokens } from '../../src/sources/supertokens.ts';
import { cases, longFile } from './fixtures/supertokens.ts';
import { testSource } from './support/conformance.ts';

testSource(supertokens, cases, longFile);
