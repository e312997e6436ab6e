import type { Sample } from '../support/samples.ts';

/** The schema of an export is no export. */
export const samples: readonly Sample[] = [{ file: 'exports.totp.json', refused: 'source_unknown' }];
