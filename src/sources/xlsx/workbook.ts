import { archiveError } from '../input/decompress.ts';
import { openZipEntry } from '../input/zip.ts';
import { readDirectory } from '../input/zip-directory.ts';
import type { SourceInput } from '../source.ts';
import { createTextList, type TextList } from './text-list.ts';
import { readXml } from './xml-events.ts';

export interface Workbook {
  /** In the order of the tabs. */
  readonly sheets: readonly Sheet[];
  /** The texts that cells refer to by number; empty where the workbook writes each into its cell. */
  readonly texts: TextList;
}

export interface Sheet {
  readonly name: string;
  readonly part: string;
  readonly input: SourceInput;
}

/** Far beyond the 1,048,576 rows of a sheet. */
const LIMITS = { maximumBytes: 4 * 1024 ** 3, maximumRatio: 1_000 };
const MAXIMUM_SHEETS = 256;
const FOLDER = 'xl/';

/**
 * Opens a workbook (ECMA-376, Office Open XML): its sheets and the texts that they share.
 *
 * @throws `source_archive`, `source_damaged`, `source_too_large`
 */
export async function openWorkbook(input: SourceInput): Promise<Workbook> {
  const entries = new Map((await readDirectory(input)).map((entry) => [entry.name.toLowerCase(), entry]));
  const open = (part: string): SourceInput | undefined => {
    const entry = entries.get(part.toLowerCase());
    return entry === undefined ? undefined : openZipEntry(input, entry, LIMITS);
  };
  const book = open(`${FOLDER}workbook.xml`);
  const relations = open(`${FOLDER}_rels/workbook.xml.rels`);
  if (book === undefined || relations === undefined) {
    throw archiveError({ en: 'it has no workbook as Excel writes it', zh: '其中没有 Excel 工作簿' });
  }
  const targets = await readRelations(relations);
  const sheets: Sheet[] = [];
  for (const { name, relation } of await readSheetNames(book)) {
    const part = targets.get(relation)?.part;
    const sheet = part === undefined ? undefined : open(part);
    if (part !== undefined && sheet !== undefined) sheets.push({ name, part, input: sheet });
  }
  const shared = [...targets.values()].find(({ type }) => type.endsWith('/sharedStrings'))?.part;
  const strings = shared === undefined ? undefined : open(shared);
  return { sheets, texts: strings === undefined ? createTextList() : await readTexts(strings, shared as string) };
}

async function readSheetNames(input: SourceInput): Promise<readonly { name: string; relation: string }[]> {
  const sheets: { name: string; relation: string }[] = [];
  const reading = readXml(input, `${FOLDER}workbook.xml`, {
    open(name, attribute) {
      const relation = name === 'sheet' ? attribute('id') : undefined;
      if (relation !== undefined && sheets.length < MAXIMUM_SHEETS) {
        sheets.push({ name: attribute('name') ?? '', relation });
      }
    },
    text() {},
    close() {},
  });
  for await (const _ of reading);
  return sheets;
}

/** Parts by the id of the relation, as paths in the archive. */
async function readRelations(input: SourceInput): Promise<ReadonlyMap<string, { type: string; part: string }>> {
  const targets = new Map<string, { type: string; part: string }>();
  const reading = readXml(input, `${FOLDER}_rels/workbook.xml.rels`, {
    open(name, attribute) {
      const id = attribute('Id');
      const target = attribute('Target');
      if (name !== 'Relationship' || id === undefined || target === undefined) return;
      const part = target.startsWith('/') ? target.slice(1) : FOLDER + target.replace(/^\.\//, '');
      if (targets.size < MAXIMUM_SHEETS * 4) targets.set(id, { type: attribute('Type') ?? '', part });
    },
    text() {},
    close() {},
  });
  for await (const _ of reading);
  return targets;
}

/** Each `si` is one text, in one or more runs; what is only for reading aloud (`rPh`) is no part of it. */
async function readTexts(input: SourceInput, part: string): Promise<TextList> {
  const texts = createTextList();
  let text = '';
  let isText = false;
  let isPhonetic = false;
  const reading = readXml(input, part, {
    open(name) {
      if (name === 'si') text = '';
      else if (name === 'rPh') isPhonetic = true;
      isText = name === 't' && !isPhonetic;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(name) {
      if (name === 'si') texts.add(text);
      else if (name === 'rPh') isPhonetic = false;
      isText = false;
    },
  });
  for await (const _ of reading);
  return texts;
}
