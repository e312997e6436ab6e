import type { Actor } from '../../audit/audit-log.ts';
import { FactorportError } from '../../errors/error.ts';
import { newId } from '../../ids.ts';
import { beginSealing } from '../../rotation/sealing.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import { fileKeyText, newFileKey, type SealedFile, writeSealedFile } from '../../vault/sealed-file.ts';
import type { ImportJobDependencies } from './create-import-jobs.ts';
import { deleteExpired } from './delete-expired.ts';
import type { Upload } from './import-jobs.ts';
import { DEFAULT_JOB_OPTIONS } from './job.ts';
import { freshRun, toImportJob } from './job-row.ts';
import { KEPT_FOR_MS, type UploadPart } from './uploads.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * Begins an upload. Its row is there before its first byte, so that what a killed process leaves behind is found and
 * deleted.
 */
export async function beginUpload(
  dependencies: ImportJobDependencies,
  actor: Actor,
  { fileName = '', idempotencyKey }: { fileName?: string; idempotencyKey?: string },
): Promise<Upload> {
  const { store, vault, audit, clock, uploads, uploadMaxMiB, onError } = dependencies;
  const { poolId } = actor;
  // Where imports are made by the command line alone, no server does it; and the disk has room for this one then.
  await deleteExpired(dependencies).catch(onError);
  const now = clock();
  const jobId = newId(now);
  const fileKey = newFileKey();
  const written = new Map<UploadPart, SealedFile>();
  let isOver = false;
  await uploads.prepare();
  await store.transaction(async (queries) => {
    const sealer = await beginSealing(queries, vault);
    const secrets = JSON.stringify({ fileKey: fileKeyText.write(fileKey) });
    await queries.importJobs.insert({
      pool_id: poolId,
      job_id: jobId,
      state: 'uploading',
      idempotency_key: null,
      upload_digest: new Uint8Array(0),
      file_name: shownName(fileName),
      upload_bytes: 0,
      has_users_file: 0,
      sealed_secrets: sealer.sealJobSecrets(secrets, { poolId, jobId }),
      options: JSON.stringify(DEFAULT_JOB_OPTIONS),
      format: null,
      created_by: actor.id,
      created_at: now,
      upload_expires_at: now + KEPT_FOR_MS,
      runner: null,
      heartbeat: 0,
      run: 0,
      undoable_until: null,
      ...freshRun(now),
      started_at: null,
    });
  });

  async function write(part: UploadPart, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    if (written.has(part)) throw new FactorportError('upload_incomplete');
    const checkSize = (size: number) => {
      if (size <= uploadMaxMiB * MEBIBYTE) return;
      const parameters = { limitMiB: uploadMaxMiB, setting: 'FACTORPORT_UPLOAD_MAX_MIB' };
      throw new FactorportError('upload_too_large', { parameters });
    };
    const file = await writeSealedFile(uploads.path(jobId, part), fileKey, vault.fileDigestKey(), bytes, checkSize);
    if (file.sizeBytes === 0) throw new FactorportError('source_empty');
    written.set(part, file);
  }

  async function abort(): Promise<void> {
    if (isOver) return;
    isOver = true;
    fileKey.fill(0);
    await uploads.remove(jobId);
    await store.transaction((queries) => queries.importJobs.delete(poolId, jobId));
  }

  return {
    file: (bytes) => write('file', bytes),
    users: (bytes) => write('users', bytes),
    async finish() {
      const file = written.get('file');
      if (file === undefined) throw new FactorportError('upload_incomplete');
      const digest = Buffer.concat([file.digest, written.get('users')?.digest ?? new Uint8Array(0)]);
      const earlier = await store.transaction(async (queries) => {
        const same = await findEarlier();
        if (same !== undefined) return same;
        await queries.importJobs.update(poolId, jobId, {
          state: 'ready',
          upload_digest: digest,
          upload_bytes: file.sizeBytes,
          has_users_file: written.has('users') ? 1 : 0,
          idempotency_key: idempotencyKey ?? null,
        });
        const detail = { jobId, bytes: file.sizeBytes, hasUsersFile: written.has('users') };
        await queries.audit.append([audit.stamp(actor, { action: 'import.upload', result: 'ok', detail })]);
        return undefined;

        async function findEarlier(): Promise<ImportJobTable | undefined> {
          if (idempotencyKey === undefined) return undefined;
          return queries.importJobs.findByKey(poolId, idempotencyKey);
        }
      });
      if (earlier !== undefined) {
        await abort();
        if (!Buffer.from(earlier.upload_digest).equals(digest)) throw new FactorportError('idempotency_conflict');
        return { job: toImportJob(earlier), isNew: false };
      }
      isOver = true;
      fileKey.fill(0);
      const row = await store.read.importJobs.find(poolId, jobId);
      if (row === undefined) throw new FactorportError('import_job_not_found');
      return { job: toImportJob(row), isNew: true };
    },
    abort,
  };
}

/** A file name as it may stand in a table on somebody's terminal: whoever uploads must not draw on it. */
function shownName(fileName: string): string {
  return fileName
    .slice(0, 255)
    .toWellFormed()
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
