import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [{ file: 'stratum-backup.html', refused: 'source_unsupported' }];
