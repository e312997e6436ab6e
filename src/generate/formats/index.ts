import type { GeneratedFormat } from '../format.ts';
import { authing, ndjson } from './authing.ts';
import { csv } from './csv.ts';
import { entra } from './entra.ts';
import { fusionauth } from './fusionauth.ts';
import { keycloak } from './keycloak.ts';
import { oathCsv } from './oath-csv.ts';
import { otpauth } from './otpauth.ts';
import { pskc } from './pskc.ts';

/** Every format in which synthetic files can be written. */
export const GENERATED_FORMATS: readonly GeneratedFormat[] = [
  ndjson,
  authing,
  csv,
  otpauth,
  keycloak,
  oathCsv,
  entra,
  fusionauth,
  pskc,
];
