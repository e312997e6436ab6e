import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'stratum-lastpass.json', refused: 'source_unsupported' }];
