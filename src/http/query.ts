import type { TSchema } from 'typebox';

interface QuerySchema {
  readonly type?: string;
  readonly anyOf?: readonly QuerySchema[];
  readonly items?: QuerySchema;
}

/**
 * Reads a query string into the types that a schema names. What cannot be converted stays a text, for the validator to
 * refuse. Arrays come as `name[]=a&name[]=b`, `name=a&name=b`, or `name=a,b` (each is sent by some SDK).
 */
export function readQuery(query: string, schema: TSchema): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Record<string, QuerySchema> };
  const values: Record<string, unknown> = Object.create(null);
  for (const [key, text] of new URLSearchParams(query)) {
    const name = key.replace(/\[\d*\]$/, '');
    const property = properties[name];
    if (property === undefined || text === '') continue;
    const { type, items } = property.anyOf?.[0] ?? property;
    if (type !== 'array') values[name] = convert(text, type);
    else {
      const parts = name === key ? text.split(',') : [text];
      const before = (values[name] as unknown[] | undefined) ?? [];
      values[name] = [...before, ...parts.map((part) => convert(part, items?.type))];
    }
  }
  return values;
}

function convert(text: string, type: string | undefined): unknown {
  if (type === 'boolean') return ({ true: true, false: false } as Record<string, boolean>)[text] ?? text;
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}$/.test(text)) return Number(text);
  return text;
}
