import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readMultipart } from '../../src/http/multipart.ts';

const TYPE = 'multipart/form-data; boundary=edge';

function part(name: string, content: string, fileName?: string): string {
  const file = fileName === undefined ? '' : `; filename="${fileName}"`;
  return `--edge\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
}

const END = '--edge--\r\n';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(text: string, size: number) {
  const parts: [string, string | undefined, string][] = [];
  await readMultipart(TYPE, inPieces(text, size), async ({ name, fileName, bytes }) => {
    parts.push([name, fileName, (await buffer(bytes)).toString()]);
  });
  return parts;
}

describe('a body of multipart/form-data', () => {
  it.each([1, 7, 64, 100_000])('is read part by part, in pieces of %i bytes', async (size) => {
    const text = part('options', '{"a":1}') + part('file', 'x'.repeat(300), 'données.csv') + part('users', '') + END;
    expect(await readAll(text, size)).toEqual([
      ['options', undefined, '{"a":1}'],
      ['file', 'données.csv', 'x'.repeat(300)],
      ['users', undefined, ''],
    ]);
  });

  it('that ends anywhere before its last boundary is refused, however far it came', async () => {
    const text = part('options', '{}') + part('file', 'content of the file', 'a.csv') + END;
    for (let length = 0; length < text.length - 4; length++) {
      await expect(readAll(text.slice(0, length), 16), `cut at ${length}`).rejects.toMatchObject({
        code: expect.stringMatching(/upload_incomplete|bad_request/),
      });
    }
  });

  it('ends with the refusal of the part that is refused', async () => {
    const text = part('file', 'y'.repeat(500_000), 'a.csv') + part('users', 'z') + END;
    const refusal = readMultipart(TYPE, inPieces(text, 4096), async ({ bytes }) => {
      for await (const _ of bytes) throw new RangeError('no');
    });
    await expect(refusal).rejects.toThrow('no');
  });

  it('that breaks off ends with the reason, and so does the part that is being read', async () => {
    async function* broken() {
      yield Buffer.from(part('file', 'y'.repeat(50_000), 'a.csv').slice(0, 30_000));
      throw new RangeError('gone');
    }
    let told: unknown;
    const read = readMultipart(TYPE, broken(), async ({ bytes }) => {
      await buffer(bytes).catch((error: unknown) => {
        told = error;
        throw error;
      });
    });
    await expect(read).rejects.toThrow('gone');
    expect(told).toMatchObject({ message: 'gone' });
  });

  it('without a boundary is refused', async () => {
    await expect(readMultipart('multipart/form-data', inPieces(END, 10), async () => undefined)).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  it('is not read faster than its parts are', async () => {
    let taken = 0;
    async function* large() {
      yield Buffer.from('--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
      for (; taken < 1_000; taken++) yield Buffer.alloc(64 * 1024, 'a');
      yield Buffer.from('\r\n--edge--\r\n');
    }
    await readMultipart(TYPE, large(), async ({ bytes }) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(taken).toBeLessThan(20);
      for await (const _ of bytes);
    });
    expect(taken).toBe(1_000);
  });
});
