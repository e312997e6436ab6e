import { authing } from '../../src/sources/authing.ts';
import { csv } from '../../src/sources/csv.ts';
import { otpauth } from '../../src/sources/otpauth.ts';
import { pskc } from '../../src/sources/pskc/pskc.ts';
import type { Source } from '../../src/sources/source.ts';
import { PASSWORD, type Told } from './exporting.ts';

/** The source that reads each format of an export. */
export const SOURCES: Readonly<Record<string, Source>> = { pskc, authing, ndjson: authing, otpauth, csv };

/** What a source makes of an export; whatever is no entry fails. */
export async function readBack(source: Source, text: string): Promise<Told[]> {
  const read: Told[] = [];
  const input = {
    async *open() {
      yield Buffer.from(text);
    },
  };
  for await (const items of source.read(input, source.secret === undefined ? {} : { secret: PASSWORD })) {
    for (const item of items) {
      if (item.kind !== 'entry') throw new Error(item.kind === 'problem' ? item.problem.reason : item.kind);
      const { user, seed, parameters, counter } = item.entry;
      const { type, algorithm, digits, periodSeconds: period } = parameters;
      const userId = user.id ?? user.name ?? '';
      read.push({ userId, secret: seed.toBase32(), type, algorithm, digits, period, counter });
    }
  }
  return read;
}
