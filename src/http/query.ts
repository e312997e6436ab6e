import type { TSchema } from 'typebox';
import { FactorportError } from '../errors/error.ts';
import type { LocalText } from '../language.ts';

interface QuerySchema {
  readonly type?: string;
  readonly anyOf?: readonly QuerySchema[];
  readonly items?: QuerySchema;
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

/**
 * Reads a query string into the types that a schema names. What cannot be converted stays a text, for the validator to
 * refuse. Arrays come as `name[]=a&name[]=b`, `name=a&name=b`, or `name=a,b` (each is sent by some SDK).
 *
 * @throws `unknown_argument` for a name that a closed schema does not know; others are passed over, as SDKs add some
 */
export function readQuery(query: string, schema: TSchema): Record<string, unknown> {
  const { properties = {}, additionalProperties } = schema as {
    properties?: Record<string, QuerySchema>;
    additionalProperties?: boolean;
  };
  const values: Record<string, unknown> = Object.create(null);
  for (const [key, text] of new URLSearchParams(query)) {
    const name = key.replace(/\[\d*\]$/, '');
    if (!Object.hasOwn(properties, name)) {
      if (additionalProperties === false) throw unknownParameter(Object.keys(properties));
      continue;
    }
    if (text === '') continue;
    const property = properties[name] as QuerySchema;
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

function unknownParameter(known: readonly string[]): FactorportError {
  const place: LocalText = { en: 'the query', zh: '查询参数' };
  return new FactorportError('unknown_argument', { parameters: { place, known: known.join(', ') } });
}

function convert(text: string, type: string | undefined): unknown {
  if (type === 'boolean') return BOOLEANS.get(text) ?? text;
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'number' && /^\d{1,7}\.\d{1,7}$/.test(text)) return Number(text);
  return text;
}

/** The parameters of a query that are lists. */
export function namesOfLists(schema: TSchema): string[] {
  const { properties = {} } = schema as { properties?: Record<string, QuerySchema> };
  return Object.entries(properties)
    .filter(([, property]) => (property.anyOf?.[0] ?? property).type === 'array')
    .map(([name]) => name);
}
