import { duoMobile } from '../../src/sources/apps/duo-mobile.ts';
import { cases, longFile } from './fixtures/duo-mobile.ts';
import { testSource } from './support/conformance.ts';

testSource(duoMobile, cases, longFile);
