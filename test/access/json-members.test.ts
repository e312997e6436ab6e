import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJsonMembers } from '../../src/access/json-members.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\u2028', '/', 'é', '😀') }),
);
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1.5e-7, 1e21),
    texts,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 4 }),
  ),
}));
const objects = fc.dictionary(texts, json, { maxKeys: 6 });

/** Writes JSON with white space wherever the grammar allows some, and with escapes that nobody needs. */
function writeLoosely(value: Json, draw: () => number): string {
  const space = () => ['', ' ', '\n', '\t ', '\r\n'][draw() % 5] as string;
  const list = (items: string[]) => items.map((item) => space() + item + space()).join(',');
  const text = (content: string) => JSON.stringify(content).replaceAll('/', draw() % 2 === 0 ? '\\/' : '/');
  if (typeof value === 'string') return draw() % 3 === 0 ? escapeEverything(value) : text(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${list(value.map((item) => writeLoosely(item, draw))) || space()}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${text(name)}${space()}:${space()}${writeLoosely(member, draw)}`,
  );
  return `{${list(members) || space()}}`;
}

function escapeEverything(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

function depthOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Numbers drawn once, so that a failure can be repeated. */
function drawFrom(numbers: readonly number[]): () => number {
  let next = 0;
  return () => numbers[next++ % numbers.length] ?? 0;
}

const slice = (text: string, { start, end }: { start: number; end: number }) =>
  Buffer.from(text).subarray(start, end).toString('utf8');

const written = fc
  .tuple(objects, fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([value, numbers, loosely]) => ({
    value,
    text: loosely ? ` ${writeLoosely(value, drawFrom(numbers))}\n` : JSON.stringify(value),
  }));

describe('scanJsonMembers', () => {
  it('finds the same names, in the order of the text, as JSON.parse', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        const parsed = JSON.parse(text) as Record<string, Json>;
        const { members } = scanJsonMembers(Buffer.from(text));
        expect(new Set(members.map(({ name }) => name))).toEqual(new Set(Object.keys(parsed)));
        expect(members).toHaveLength(Object.keys(parsed).length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives of every member exactly its own bytes, which parse to its value', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        const parsed = JSON.parse(text) as Record<string, Json>;
        for (const member of scanJsonMembers(Buffer.from(text)).members) {
          const raw = slice(text, member);
          expect(raw).toBe(raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
          expect(JSON.parse(raw)).toEqual(parsed[member.name]);
          expect(member.isString).toBe(typeof parsed[member.name] === 'string');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('measures how deep a text is nested', () => {
    fc.assert(
      fc.property(written, ({ value, text }) => {
        expect(scanJsonMembers(Buffer.from(text)).depth).toBe(depthOf(value));
      }),
    );
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(scanJsonMembers(Buffer.from(deep)).depth).toBe(100_001);
  });

  it('tells of a member that stands there twice, both times', () => {
    const { members } = scanJsonMembers(Buffer.from('{"a":1,"\\u0061":2}'));
    expect(members.map(({ name }) => name)).toEqual(['a', 'a']);
  });

  it('takes names that mean something in JavaScript for names like others', () => {
    const { members } = scanJsonMembers(Buffer.from('{"__proto__":{"x":1},"constructor":2,"":3}'));
    expect(members.map(({ name }) => name)).toEqual(['__proto__', 'constructor', '']);
  });

  it('reads a text that lies inside a larger buffer', () => {
    const whole = Buffer.from('xxx{"ä":"ö"}yyy');
    const { members } = scanJsonMembers(whole.subarray(3, whole.length - 3));
    expect(members).toMatchObject([{ name: 'ä', isString: true }]);
  });

  it('comes to an end on any bytes, valid or not', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          texts.map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            scanJsonMembers(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
    );
  });
});
