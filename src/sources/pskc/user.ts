import type { XmlElement } from '../input/xml.ts';
import type { SourceUser } from '../source.ts';
import { child } from './elements.ts';

/**
 * Whose a key is: `UserId` of the key, else of the device (RFC 6030 §4.3.2.1). The RFC wants an LDAP name there and vendors
 * write what they have, so the id is the text as it stands; the name is what `UID` or `CN` of an LDAP name says, else the same.
 */
export function readUser(key: XmlElement, device: XmlElement | undefined): SourceUser {
  const id = userIdOf(key) ?? userIdOf(device);
  return id === undefined ? {} : { id, name: nameInDn(id) ?? id };
}

/** Without the line breaks and the indentation of a file that is laid out; spaces of a user id itself stay. */
function userIdOf(element: XmlElement | undefined): string | undefined {
  const text = child(element, 'UserId')?.text;
  if (text === undefined || text.trim() === '') return undefined;
  // Looked at once: a pattern that finds both ends costs the square of the white space inside.
  const before = text.slice(0, text.length - text.trimStart().length);
  const behind = text.slice(text.trimEnd().length);
  return text.slice(isLayout(before) ? before.length : 0, isLayout(behind) ? text.length - behind.length : text.length);
}

function isLayout(space: string): boolean {
  return /[\r\n\t]/.test(space);
}

/** The value of `UID`, else of `CN`, in a distinguished name (RFC 4514 §3). */
function nameInDn(text: string): string | undefined {
  const values = new Map<string, string>();
  for (const part of text.match(/(?:\\.|[^\\,+])+/gs) ?? []) {
    const [, attribute, value] = /^([A-Za-z][\w-]*)\s*=(.*)$/s.exec(part.trim()) ?? [];
    if (attribute === undefined || value === undefined) return undefined;
    const name = attribute.toLowerCase();
    if (!values.has(name)) values.set(name, value.trim().replace(/\\([^0-9A-Fa-f])/g, '$1'));
  }
  const name = values.get('uid') ?? values.get('cn');
  return name === '' ? undefined : name;
}
