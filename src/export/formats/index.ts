import type { ExportFormat } from '../format.ts';
import { authing, ndjson } from './authing.ts';
import { csv } from './csv.ts';
import { otpauth } from './otpauth.ts';
import { pskc } from './pskc.ts';

/** Every format in which factors are exported; the first is the usual one. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [pskc, authing, ndjson, otpauth, csv];

export const USUAL_EXPORT_FORMAT = pskc.name;
