import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'duo.json', refused: 'source_unsupported' }];
