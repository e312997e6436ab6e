import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'authy_plain.xml', refused: 'source_unsupported' }];
