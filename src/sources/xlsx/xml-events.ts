import { SaxesParser } from 'saxes';
import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import { readText } from '../input/text.ts';
import type { SourceInput } from '../source.ts';

export interface XmlHandler {
  /** With its name and those of its attributes without prefixes. */
  open(name: string, attribute: (name: string) => string | undefined): void;
  text(text: string): void;
  close(name: string): void;
}

/** Between two tags of a workbook stands at most a cell, and that has at most 32,767 characters. */
const MAXIMUM_PIECE = 1024 * 1024;

/**
 * Reads an XML part of a workbook. Yields after each piece of it, so that the caller can hand on what has come together.
 *
 * @throws `source_damaged`, `source_item_too_large`
 */
export async function* readXml(
  input: SourceInput,
  part: string,
  handler: XmlHandler,
): AsyncGenerator<void, void, undefined> {
  const parser = new SaxesParser();
  let sinceTag = 0;
  parser.on('error', () => {
    throw damagedPart(part);
  });
  parser.on('opentag', ({ name, attributes }) => {
    sinceTag = 0;
    handler.open(localName(name), (wanted) => findAttribute(attributes, wanted));
  });
  parser.on('closetag', ({ name }) => {
    sinceTag = 0;
    handler.close(localName(name));
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));
  for await (const piece of readText(input)) {
    sinceTag += piece.length;
    parser.write(piece);
    if (sinceTag > MAXIMUM_PIECE + piece.length) {
      throw new FactorportError('source_item_too_large', { parameters: { item: 1, limitKiB: MAXIMUM_PIECE / 1024 } });
    }
    yield;
  }
  parser.close();
}

export function damagedPart(part: string): FactorportError {
  const what: LocalText = { en: 'the workbook is damaged there', zh: '工作簿在此处损坏' };
  return new FactorportError('source_damaged', { parameters: { place: { en: part, zh: part }, what } });
}

function findAttribute(attributes: Readonly<Record<string, string>>, wanted: string): string | undefined {
  if (Object.hasOwn(attributes, wanted)) return attributes[wanted];
  for (const name in attributes) if (localName(name) === wanted) return attributes[name];
  return undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
