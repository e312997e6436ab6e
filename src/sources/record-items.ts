import { FactorportError } from '../errors/error.ts';
import { readJsonRecords } from './input/json-records.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import type { Place, SourceInput, SourceItem } from './source.ts';

export interface RecordReading {
  /** Name of the source. */
  readonly format: string;
  /** See {@link readJsonRecords}. */
  readonly paths: readonly string[];
  /** Members by which a document is known for what only holds records, and holds none. */
  readonly containers?: readonly string[];
  /** Makes the items of a record; `nextPlace` is called once for each of them. */
  readonly toItems: (record: JsonObject, nextPlace: () => Place) => readonly SourceItem[];
}

/**
 * Reads the records of a JSON file as items, numbered in their order.
 *
 * @throws `source_not_this_format` where nothing stands at the paths; what {@link readJsonRecords} throws
 */
export async function* readRecordItems(
  input: SourceInput,
  { format, paths, containers = [], toItems }: RecordReading,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  let hasRecords = false;
  for await (const records of readJsonRecords(input, paths)) {
    hasRecords = true;
    const items: SourceItem[] = [];
    for (const record of records) {
      const nextPlace = (): Place => ({ item: ++item, line: record.place.line });
      if (record.kind === 'problem' || !isJsonObject(record.value)) {
        items.push({ kind: 'problem', problem: { place: nextPlace(), user: {}, field: '', reason: 'row_damaged' } });
        continue;
      }
      const { value } = record;
      if (record.path === '' && containers.some((name) => Object.hasOwn(value, name))) continue;
      items.push(...toItems(value, nextPlace));
    }
    if (items.length > 0) yield items;
  }
  if (!hasRecords) throw new FactorportError('source_not_this_format', { parameters: { format } });
}
