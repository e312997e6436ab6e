import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceInput } from '../../sources/source.ts';
import { type FileKey, readSealedFile } from '../../vault/sealed-file.ts';

/** The two files that an upload may hold: what is to be imported, and a list of serial numbers and users. */
export type UploadPart = 'file' | 'users';

/** An upload is deleted after so long, whatever became of its job. */
export const KEPT_FOR_MS = 24 * 3_600_000;

/** Where the sealed files of jobs are. */
export interface Uploads {
  path(jobId: string, part: UploadPart): string;
  /** Makes the directory, for nobody else's eyes. */
  prepare(): Promise<void>;
  /** Whether this process can read the upload. */
  has(jobId: string): Promise<boolean>;
  remove(jobId: string): Promise<void>;
  /** Jobs of which there are files here, with the time of the newest. */
  list(): Promise<ReadonlyMap<string, number>>;
}

const FILE_NAME = /^([0-9a-f]{24})\.(?:file|users)$/;

export function createUploads(directory: string): Uploads {
  const path = (jobId: string, part: UploadPart) => join(directory, `${jobId}.${part}`);
  return {
    path,
    async prepare() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    },
    has: async (jobId) => (await stat(path(jobId, 'file')).catch(() => undefined)) !== undefined,
    async remove(jobId) {
      for (const part of ['file', 'users'] as const) await rm(path(jobId, part), { force: true });
    },
    async list() {
      const times = new Map<string, number>();
      for (const name of await readdir(directory).catch(() => [])) {
        const jobId = FILE_NAME.exec(name)?.[1];
        const found = await stat(join(directory, name)).catch(() => undefined);
        if (jobId === undefined || found === undefined) continue;
        times.set(jobId, Math.max(times.get(jobId) ?? 0, found.mtimeMs));
      }
      return times;
    },
  };
}

/** A sealed file as a source reads it. @param onRead told how many bytes were read since it was last opened */
export function sealedInput(
  path: string,
  key: FileKey,
  onRead: (bytes: number) => void = () => undefined,
): SourceInput {
  return {
    async *open() {
      let read = 0;
      onRead(0);
      for await (const piece of readSealedFile(path, key)) {
        yield piece;
        read += piece.length;
        onRead(read);
      }
    },
  };
}
