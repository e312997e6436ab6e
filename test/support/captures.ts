import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Requests of one SDK, as they went over the wire. */
export interface CaptureFile {
  readonly client: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly requests: readonly CapturedRequest[];
}

export interface CapturedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly rawBody?: string;
  readonly rawBodyBase64?: string;
}

/** The recordings lie beside the project, with licences of their own. */
const FOLDER = join(fileURLToPath(new URL('../../..', import.meta.url)), 'shared', 'reference', 'captures');

/** Every recording; none, with a line that says so, where they are absent. */
export function readCaptureFiles(): CaptureFile[] {
  if (!existsSync(FOLDER)) {
    console.info(
      'skipped: the recorded requests of the SDKs are not beside the project, in ../shared/reference/captures',
    );
    return [];
  }
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as CaptureFile);
}

/** The body's bytes; empty where there is none. */
export function bodyOf({ rawBody = '', rawBodyBase64 }: CapturedRequest): Buffer {
  return rawBodyBase64 === undefined ? Buffer.from(rawBody) : Buffer.from(rawBodyBase64, 'base64');
}
