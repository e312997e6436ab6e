import { randomBytes } from 'node:crypto';
import type { LocalFile } from './jobs-client.ts';

/** A body of multipart/form-data (RFC 7578) whose files are read as it is sent. */
export function multipartBody(files: Readonly<Record<string, LocalFile>>): {
  readonly contentType: string;
  readonly bytes: AsyncGenerator<Uint8Array>;
} {
  const boundary = `factorport-${randomBytes(18).toString('hex')}`;
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: writeParts(boundary, files) };
}

async function* writeParts(
  boundary: string,
  files: Readonly<Record<string, LocalFile>>,
): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder();
  for (const [name, file] of Object.entries(files)) {
    // What would end the name or the line travels percent-encoded, as browsers do it.
    const fileName = file.name.replace(/["\r\n]/g, encodeURIComponent);
    yield encoder.encode(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${fileName}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
    );
    yield* file.open();
    yield encoder.encode('\r\n');
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}
