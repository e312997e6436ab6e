import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'steam.json', refused: 'source_unsupported' }];
