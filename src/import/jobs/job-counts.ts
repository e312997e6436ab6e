import { DEFAULT_JOB_OPTIONS, type JobCounts, type JobOptions, SHARE_COUNTS_FROM } from './job.ts';
import type { BatchResult } from './write-batch.ts';

/** Counts with those of a further batch. */
export function totals(counts: JobCounts, { counts: more, findings }: BatchResult): JobCounts {
  const failed = findings.filter((finding) => finding.severity === 'failed');
  const reasons: Partial<Record<string, number>> = { ...counts.reasons };
  for (const { reason } of findings) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    items: counts.items + more.items,
    added: counts.added + more.added,
    replaced: counts.replaced + more.replaced,
    unchanged: counts.unchanged + more.unchanged,
    skipped: counts.skipped + more.skipped,
    failed: counts.failed + failed.length,
    nothing: counts.nothing + more.nothing,
    usersCreated: counts.usersCreated + more.usersCreated,
    recoveryCodes: counts.recoveryCodes + more.recoveryCodes,
    weakSeeds: counts.weakSeeds + more.weakSeeds,
    duplicates: counts.duplicates + failed.filter((finding) => finding.reason === 'duplicate_user').length,
    proven: counts.proven + more.proven,
    notes: counts.notes + findings.length - failed.length,
    reasons,
  };
}

/** Whether more has failed than may. */
export function exceeds({ maxErrors, maxErrorShare }: JobOptions, { failed, items }: JobCounts): boolean {
  if (maxErrors !== undefined && failed > maxErrors) return true;
  // A share that somebody chose counts from the first batch on.
  const isChosen = maxErrorShare !== DEFAULT_JOB_OPTIONS.maxErrorShare;
  return (isChosen || items >= SHARE_COUNTS_FROM) && failed > items * maxErrorShare;
}
