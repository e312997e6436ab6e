import type { Subject } from '../lib/measurement.ts';
import { importApi } from './import-api.ts';
import { importFile } from './import-file.ts';
import { verify } from './verify.ts';
import { verifyDuringImport } from './verify-during-import.ts';

/** Everything that is measured. */
export const SUBJECTS: readonly Subject[] = [importApi, importFile, verify, verifyDuringImport];
