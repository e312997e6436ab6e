import type { Language } from '../../language.ts';
import type { FileInspection } from './import-jobs.ts';
import type { Proof } from './prove.ts';

/** What an uploaded file is, as the API shows it. */
export function toInspectionDto({ format, because, table }: FileInspection, language: Language) {
  return {
    format,
    because: because?.[language] ?? null,
    table:
      table === undefined
        ? null
        : {
            ...table,
            columns: table.columns.map(({ heading, field }) => ({ heading, field: field ?? null })),
            encoding: table.encoding ?? null,
          },
  };
}

export type InspectionDto = ReturnType<typeof toInspectionDto>;

/** What came of checking a code, as the API shows it. */
export function toProofDto(proof: Proof, language: Language) {
  if (!proof.found) return { found: false, verified: false, otherReadings: [] };
  const otherReadings = proof.otherReadings.map(({ text, periodSeconds, ...reading }) => ({
    ...reading,
    ...(periodSeconds === undefined ? {} : { period: periodSeconds }),
    text: text[language],
  }));
  return { found: true, verified: proof.verified, otherReadings };
}

export type ProofDto = ReturnType<typeof toProofDto>;
