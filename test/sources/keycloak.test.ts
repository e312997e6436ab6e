import { keycloak } from '../../src/sources/keycloak.ts';
import { cases, longFile } from './fixtures/keycloak.ts';
import { testSource } from './support/conformance.ts';

testSource(keycloak, cases, longFile);
