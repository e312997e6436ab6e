import type { XmlElement } from '../input/xml.ts';

/** RFC 6030 §4, and the drafts of it that have the same elements under other names. */
export const PSKC_NAMESPACES: ReadonlySet<string> = new Set([
  'urn:ietf:params:xml:ns:keyprov:pskc',
  'urn:ietf:params:xml:ns:keyprov:pskc:1.0',
]);

/** Before 2008: another structure, another encryption. */
export const FOREIGN_DRAFT_NAMESPACE = /^urn:ietf:params:xml:ns:keyprov:container\b/;

/** Whose elements stand in a container; RFC 6030 figure 7 has some in none. */
const NAMESPACES: ReadonlySet<string> = new Set([
  ...PSKC_NAMESPACES,
  '',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/2001/04/xmlenc#',
  'http://www.w3.org/2009/xmlenc11#',
  'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#',
  'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#',
]);

/** The local name of an element of PSKC and what it is built on; `undefined` for a vendor's own. */
export function nameOf({ name, namespace }: XmlElement): string | undefined {
  return NAMESPACES.has(namespace) ? name : undefined;
}

/** The first child of a name, and of that its first child of the next name, and so on. */
export function child(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let found = element;
  for (const name of path) found = found?.children.find((candidate) => nameOf(candidate) === name);
  return found;
}

export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((candidate) => nameOf(candidate) === name);
}

/** The text of a descendant without white space around it; `undefined` where there is no such element. */
export function textOf(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  return child(element, ...path)?.text.trim();
}

/** Whether an element that may stand once stands more than once in one place: then it is not known which is meant. */
export function hasTwice(element: XmlElement, names: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  for (const one of element.children) {
    const name = nameOf(one);
    if (name !== undefined && names.has(name) && seen.has(name)) return true;
    if (name !== undefined) seen.add(name);
    if (hasTwice(one, names)) return true;
  }
  return false;
}

/** What follows the `#` of an algorithm's URI, in lower case; the whole where there is none. */
export function algorithmName(uri: string | undefined): string {
  return (uri ?? '').trim().toLowerCase().replace(/^.*#/s, '');
}
