import type { JsonSigns } from './source.ts';

/** Whether documents have a member, be there one, several of them, or a list. */
export function hasPath(json: JsonSigns, path: string): boolean {
  return DOCUMENTS.some((prefix) => json.paths.has(prefix + path));
}

/** Whether a member of documents begins with a text. */
export function hasValue(json: JsonSigns, path: string, beginning: string): boolean {
  const wanted = DOCUMENTS.map((prefix) => `${prefix}${path}=${beginning}`);
  for (const value of json.values) if (wanted.some((one) => value.startsWith(one))) return true;
  return false;
}

const DOCUMENTS = ['', '*.', '*.*.'];
