import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'aegis-stratum_plain.json', refused: 'source_unsupported' }];
