import { SaxesParser, type SaxesTagNS } from 'saxes';
import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import type { SourceInput } from '../source.ts';
import { readText } from './text.ts';

/** An element with everything in it. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** URI; empty where there is none. */
  readonly namespace: string;
  /** Those without a prefix, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The character data directly in it. */
  readonly text: string;
  /** In which it begins. */
  readonly line: number;
}

export interface XmlFormat {
  /** Name of the source, for `source_not_this_format`. */
  readonly format: string;
  /** Looks at the document element, which has no children yet; throws or says no where the file is of another format. */
  isRoot(root: XmlElement): boolean;
  /** Which children of the document element are given; what is in the others is only checked for being XML. */
  isWanted(child: XmlElement): boolean;
}

const MAXIMUM_ITEM_CHARACTERS = 256 * 1024;
const MAXIMUM_DEPTH = 64;
/** What an element costs beside its text, so that a million empty ones are too large, too. */
const ELEMENT_CHARACTERS = 64;
/** What {@link readText} tells by the bytes; the others it would take for one of these. */
const KNOWN_ENCODING = /^(utf-?8|utf-?16(le|be)?|us-ascii|gb18030|gbk|gb2312)$/i;
/** saxes keeps what it has not understood yet; this is how often it is looked at. */
const SLICE_CHARACTERS = 64 * 1024;

/**
 * Reads the children of the document element one after the other, with memory bounded by the largest.
 *
 * A document type is refused whatever is in it: no export has one, and entities read files, call addresses or grow without
 * bound. White space before the XML declaration is passed over, because products write it.
 *
 * @throws `source_empty`, `source_not_this_format`, `source_damaged`, `source_too_deep`, `source_item_too_large`
 */
export async function* readXmlItems(
  input: SourceInput,
  format: XmlFormat,
): AsyncGenerator<readonly XmlElement[], void, undefined> {
  const reader = createReader(format);
  let hasBegun = false;
  for await (let text of readText(input)) {
    if (!hasBegun) {
      const beginning = text.trimStart();
      reader.skip(text.slice(0, text.length - beginning.length));
      if (beginning === '') continue;
      text = beginning;
      hasBegun = true;
    }
    for (let start = 0; start < text.length; start += SLICE_CHARACTERS) {
      const slice = text.slice(start, start + SLICE_CHARACTERS);
      yield* reader.take(() => reader.write(slice));
    }
  }
  if (!hasBegun) throw new FactorportError('source_empty');
  yield* reader.take(() => reader.close());
}

/** `source_damaged` at a line. */
export function damagedAt(line: number, what: LocalText): FactorportError {
  return new FactorportError('source_damaged', {
    parameters: { place: { en: `line ${line}`, zh: `第 ${line} 行` }, what },
  });
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

interface XmlReader {
  /** Passes over white space before the document. */
  skip(space: string): void;
  write(text: string): void;
  close(): void;
  /** Does the work and gives the items that came of it, even where it ends in an error. */
  take(work: () => void): Generator<readonly XmlElement[], void, undefined>;
}

function createReader(format: XmlFormat): XmlReader {
  const parser = new SaxesParser({ xmlns: true });
  const tree = createTree(format);
  let skippedLines = 0;
  const progress = connect(parser, tree, format, () => skippedLines + parser.line);
  return {
    skip(space) {
      skippedLines += space.split('\n').length - 1;
    },
    write(text) {
      parser.write(text);
      if (parser.position - progress.seenUntil > MAXIMUM_ITEM_CHARACTERS + SLICE_CHARACTERS) throw tree.tooLarge();
    },
    close() {
      parser.close();
    },
    take: (work) => tree.take(work),
  };
}

/** Lets the tree grow by what the parser finds; @returns how far that has come. */
function connect(
  parser: SaxesParser<{ xmlns: true }>,
  tree: ReturnType<typeof createTree>,
  format: XmlFormat,
  currentLine: () => number,
): { readonly seenUntil: number } {
  const progress = { seenUntil: 0 };
  let line = 1;
  let isForeignEncoding = false;
  const see = (content: Iterable<string>): void => {
    progress.seenUntil = parser.position;
    if (!isForeignEncoding) return;
    for (const text of content) if (/\P{ASCII}/u.test(text)) throw foreignEncoding(currentLine());
  };
  parser.on('error', () => {
    // The message of the parser quotes the file, and what it quotes may be a secret.
    if (!tree.hasRoot()) throw notThisFormat(format);
    throw damagedAt(currentLine(), { en: 'it is not well-formed XML there', zh: '该处不是格式良好的 XML' });
  });
  parser.on('xmldecl', ({ encoding = 'UTF-8' }) => {
    isForeignEncoding = !KNOWN_ENCODING.test(encoding);
  });
  parser.on('doctype', () => {
    throw documentType(currentLine());
  });
  parser.on('opentagstart', () => {
    // The character after the name is read already, and may have been the end of the line.
    line = parser.columnIndex === 0 ? currentLine() - 1 : currentLine();
  });
  parser.on('opentag', (tag) => {
    const element = toElement(tag, line);
    see(element.attributes.values());
    tree.open(element);
  });
  parser.on('closetag', () => {
    see([]);
    tree.close();
  });
  for (const event of ['text', 'cdata', 'comment'] as const) {
    parser.on(event, (text) => {
      see(event === 'comment' ? [] : [text]);
      tree.add(text, event !== 'comment');
    });
  }
  parser.on('processinginstruction', ({ body }) => {
    see([]);
    tree.add(body, false);
  });
  return progress;
}

/** The elements that are open, and the items that are complete. */
function createTree(format: XmlFormat) {
  const stack: OpenElement[] = [];
  let found: XmlElement[] = [];
  let itemCount = 0;
  let size = 0;
  let hasRoot = false;
  const isKept = (): boolean => stack.length >= 2 && format.isWanted(stack[1] as XmlElement);
  const tooLarge = (): FactorportError =>
    new FactorportError('source_item_too_large', {
      parameters: { item: itemCount + 1, limitKiB: MAXIMUM_ITEM_CHARACTERS / 1024 },
    });
  const grow = (characters: number): void => {
    if (isKept()) size += characters;
    if (size > MAXIMUM_ITEM_CHARACTERS || characters > MAXIMUM_ITEM_CHARACTERS) throw tooLarge();
  };
  return {
    hasRoot: () => hasRoot,
    tooLarge,
    open(element: OpenElement): void {
      if (stack.length === 0 && !format.isRoot(element)) throw notThisFormat(format);
      hasRoot = true;
      if (stack.length === MAXIMUM_DEPTH) {
        throw new FactorportError('source_too_deep', { parameters: { limit: MAXIMUM_DEPTH } });
      }
      if (stack.length === 1) size = 0;
      if (isKept()) stack.at(-1)?.children.push(element);
      stack.push(element);
      grow(sizeOf(element));
    },
    close(): void {
      const element = stack.pop() as OpenElement;
      if (stack.length !== 1 || !format.isWanted(element)) return;
      itemCount++;
      found.push(element);
    },
    add(text: string, isContent: boolean): void {
      if (isContent && isKept()) (stack.at(-1) as OpenElement).text += text;
      grow(text.length);
    },
    *take(work: () => void): Generator<readonly XmlElement[], void, undefined> {
      let failure: unknown;
      try {
        work();
      } catch (error) {
        failure = error;
      }
      const items = found;
      found = [];
      if (items.length > 0) yield items;
      if (failure !== undefined) throw failure;
    },
  };
}

function sizeOf({ attributes }: XmlElement): number {
  let characters = ELEMENT_CHARACTERS;
  for (const [name, value] of attributes) characters += name.length + value.length;
  return characters;
}

function toElement(tag: SaxesTagNS, line: number): OpenElement {
  const attributes = new Map<string, string>();
  for (const attribute of Object.values(tag.attributes)) {
    if (attribute.prefix === '') attributes.set(attribute.local, attribute.value);
  }
  return { name: tag.local, namespace: tag.uri, attributes, children: [], text: '', line };
}

function documentType(line: number): FactorportError {
  return damagedAt(line, {
    en: 'it has a document type (DOCTYPE), which is never read',
    zh: '其中有文档类型声明（DOCTYPE），一律拒绝',
  });
}

function foreignEncoding(line: number): FactorportError {
  return damagedAt(line, {
    en: 'it declares an encoding that is not read here, so convert it to UTF-8 first',
    zh: '文件声明的编码不受支持，请先转换为 UTF-8',
  });
}

function notThisFormat({ format }: XmlFormat): FactorportError {
  return new FactorportError('source_not_this_format', { parameters: { format } });
}
