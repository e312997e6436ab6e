import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { FactorportError } from '../errors/error.ts';
import type { LocalText } from '../language.ts';

/** The part of a JSON Schema that can be said in words. */
interface Described {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Described[];
  readonly items?: Described;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/**
 * Makes the check for a schema. It changes nothing and converts nothing: `"1"` is not `1`.
 *
 * @returns a function that throws `invalid_argument` with the first wrong member and what it must be, never its value
 */
export function createValidator(schema: TSchema): (value: unknown) => void {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return;
    const [error] = validator.Errors(value);
    const path = (error?.instancePath ?? '').split('/').slice(1);
    if (error?.keyword === 'required') {
      const missing = (error.params as { requiredProperties: string[] }).requiredProperties[0] as string;
      throw invalidArgument([...path, missing].join('.'), { en: 'it is required', zh: '必填' });
    }
    const unknown = unknownMember(schema as Described, value);
    if (unknown !== undefined) throw unknown;
    const expected = describe(schemaAt(schema as Described, path));
    throw invalidArgument(path.join('.'), { en: `it must be ${expected.en}`, zh: `应为${expected.zh}` });
  };
}

/** A closed object with a member too many: which are known helps more than what the object must be. */
function unknownMember(schema: Described, value: unknown, path: readonly string[] = []): FactorportError | undefined {
  const { properties = {}, additionalProperties } = withoutNull(schema);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property !== undefined) {
      const found = unknownMember(property, member, [...path, name]);
      if (found !== undefined) return found;
    } else if (additionalProperties === false) return unknownArgument(path.join('.'), Object.keys(properties));
  }
  return undefined;
}

/** Refuses an object for a member it does not know. The member is not named: in a mixed-up body it may be a secret. */
export function unknownArgument(field: string, known: readonly string[]): FactorportError {
  return new FactorportError('unknown_argument', {
    parameters: { place: field === '' ? BODY : `"${field}"`, known: known.join(', ') },
  });
}

const BODY: LocalText = { en: 'the body', zh: '请求体' };

export function invalidArgument(field: string, expected: LocalText): FactorportError {
  return new FactorportError('invalid_argument', { parameters: { field, expected } });
}

function schemaAt(schema: Described, path: readonly string[]): Described {
  let current = withoutNull(schema);
  for (const name of path) {
    const next = current.properties?.[name] ?? current.items;
    if (next === undefined) return current;
    current = withoutNull(next);
  }
  return current;
}

function withoutNull(schema: Described): Described {
  return schema.anyOf?.find((choice) => choice.type !== 'null') ?? schema;
}

function describe(schema: Described): LocalText {
  if (schema.enum !== undefined) {
    return { en: `one of ${schema.enum.join(', ')}`, zh: ` ${schema.enum.join('、')} 之一` };
  }
  switch (schema.type) {
    case 'string':
      return withRange({ en: 'a string', zh: '字符串' }, schema.minLength, schema.maxLength, {
        en: 'characters',
        zh: '个字符',
      });
    case 'array':
      return withRange({ en: 'a list', zh: '列表' }, schema.minItems, schema.maxItems, { en: 'items', zh: '项' });
    case 'integer':
      return withRange({ en: 'a whole number', zh: '整数' }, schema.minimum, schema.maximum, { en: '', zh: '' });
    case 'number':
      return { en: 'a number', zh: '数字' };
    case 'boolean':
      return { en: 'true or false', zh: ' true 或 false' };
    default:
      return { en: 'an object', zh: '对象' };
  }
}

function withRange(
  what: LocalText,
  minimum: number | undefined,
  maximum: number | undefined,
  unit: LocalText,
): LocalText {
  if (minimum === undefined && maximum === undefined) return what;
  const range = { en: rangeIn('en', minimum, maximum), zh: rangeIn('zh', minimum, maximum) };
  return {
    en: `${what.en} of ${range.en} ${unit.en}`.trim(),
    zh: `${what.zh}（${range.zh}${unit.zh && ` ${unit.zh}`}）`,
  };
}

function rangeIn(language: 'en' | 'zh', minimum: number | undefined, maximum: number | undefined): string {
  if (maximum === undefined) return language === 'en' ? `at least ${minimum}` : `至少 ${minimum}`;
  return language === 'en' ? `${minimum ?? 0} to ${maximum}` : `${minimum ?? 0} 至 ${maximum}`;
}
