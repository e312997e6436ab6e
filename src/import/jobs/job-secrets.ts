import type { ImportJobTable } from '../../store/schema.ts';
import type { Vault } from '../../vault/vault.ts';

/** What is kept sealed with a job. */
export interface JobSecrets {
  /** Of the uploaded files. */
  readonly fileKey: string;
  /** Password or key of the file itself, where one was given. */
  readonly secret?: string | undefined;
}

/** @throws `seal_broken` */
export function readJobSecrets(
  vault: Vault,
  row: Pick<ImportJobTable, 'pool_id' | 'job_id' | 'sealed_secrets'>,
): JobSecrets {
  const binding = { poolId: row.pool_id, jobId: row.job_id };
  return JSON.parse(vault.openJobSecrets(row.sealed_secrets, binding)) as JobSecrets;
}
