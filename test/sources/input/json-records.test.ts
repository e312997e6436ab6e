import { describe, expect, it } from 'vitest';
import { FactorportError } from '../../../src/errors/error.ts';
import { readJsonRecords } from '../../../src/sources/input/json-records.ts';
import type { SourceInput } from '../../../src/sources/source.ts';

const MEBIBYTE = 1024 * 1024;

function inputOf(text: string, chunkBytes = 65_536): SourceInput {
  const bytes = Buffer.from(text);
  return {
    async *open() {
      for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
    },
  };
}

async function readAll(input: SourceInput, paths: readonly string[]) {
  const records = [];
  for await (const batch of readJsonRecords(input, paths)) records.push(...batch);
  return records;
}

async function valuesOf(text: string, paths: readonly string[], chunkBytes?: number): Promise<unknown[]> {
  return (await readAll(inputOf(text, chunkBytes), paths)).map((record) =>
    record.kind === 'record' ? record.value : record.reason,
  );
}

async function failureOf(input: SourceInput, paths: readonly string[]): Promise<FactorportError> {
  const error: unknown = await readAll(input, paths).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FactorportError);
  return error as FactorportError;
}

describe('the records of a JSON file', () => {
  it('are the values at the paths, whatever stands around them', async () => {
    const text = '{"realm":{"users":[0]},"users":[{"a":[1,{"b":null}],"c":"\\u00e9\\"x"},true],"z":[[]]}';
    expect(await valuesOf(text, ['users.*'])).toEqual([{ a: [1, { b: null }], c: 'é"x' }, true]);
  });

  it('keep a byte order mark inside a text, at its beginning, too', async () => {
    const users = ['\ufeffx', 'x\ufeff', 'a\n\ufeffb', '\ufeff'];
    const text = `\ufeff${JSON.stringify({ users })}`;
    for (const chunkBytes of [1, 7, 65_536]) expect(await valuesOf(text, ['users.*'], chunkBytes)).toEqual(users);
  });

  it('are the same however a file strings its documents together', async () => {
    const documents = [{ id: 1 }, { id: 2, list: [{ x: '}{' }] }, { id: 3 }];
    const lines = documents.map((document) => JSON.stringify(document));
    const files = [
      JSON.stringify(documents),
      JSON.stringify(documents, undefined, 2),
      lines.join('\n'),
      `${lines.join('\r\n\r\n')}\r\n`,
      `\n ${lines.join(' ')}`,
      documents.map((document) => JSON.stringify(document, undefined, 2)).join('\n'),
      `[${lines.slice(0, 2).join(',')}]\n[${lines[2]}]`,
    ];
    for (const file of files) {
      expect(await valuesOf(file, ['']), file).toEqual(documents);
      expect(await valuesOf(file, [''], 1), file).toEqual(documents);
    }
    expect(await valuesOf(lines[1] as string, [''])).toEqual([documents[1]]);
  });

  it('are the innermost ones where one may stand inside another', async () => {
    const paths = ['', 'orgs.*.users.*'];
    const whole = { orgs: [{ users: [{ id: 1 }, { id: 2 }] }, { users: [] }, { users: [{ id: 3 }] }], rest: 'x' };
    const users = [{ id: 1 }, { id: 2 }, { id: 3 }];
    expect(await valuesOf(JSON.stringify(whole), paths)).toEqual(users);
    expect(await valuesOf(`${JSON.stringify(whole)}\n{"id":4}`, paths)).toEqual([...users, { id: 4 }]);
    expect(await valuesOf('{"orgs":[],"id":5}', paths)).toEqual([{ orgs: [], id: 5 }]);
    const long = `{"settings":"${'x'.repeat(MEBIBYTE - 100)}","more":"${'y'.repeat(1000)}",`;
    expect(await valuesOf(`${long}"orgs":[{"users":[{"id":1}]}]}`, paths)).toEqual([{ id: 1 }]);
    expect((await failureOf(inputOf(`${long}"orgs":[]}`), paths)).code).toBe('source_item_too_large');
  });

  it('say their number and their line', async () => {
    const pretty = '{\n "users": [\n  {"id":\n1},\n\n  {"id": 2}\n ]\n}';
    const places = (await readAll(inputOf(pretty, 3), ['users.*'])).map(({ place }) => place);
    expect(places).toEqual([
      { item: 1, line: 3 },
      { item: 2, line: 6 },
    ]);
  });

  it('do not suffer from a damaged line where each document has a line of its own', async () => {
    expect(await valuesOf('{"id":1}\n{"id":\n{"id":3}\nnonsense\n{"id":4}', [''])).toEqual([
      { id: 1 },
      'row_damaged',
      { id: 3 },
      'row_damaged',
      { id: 4 },
    ]);
  });

  it('change no prototype, whatever their members are called', async () => {
    const text = '{"__proto__":{"secret":"x"},"constructor":{"prototype":{"secret":"y"}},"__proto__":null}';
    for (const file of [text, `${text}\n${text}`, `[${text}]`]) {
      const [value] = (await valuesOf(file, [''])) as [Record<string, unknown>];
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
      expect(({} as Record<string, unknown>).secret).toBeUndefined();
    }
  });
});

describe('a JSON file that cannot be read', () => {
  const damages = [
    '{"users":[{"id":1},]}',
    '{"users":[{"id":1}',
    '{"users":[{"id":1}]',
    '{"users":[{"id":1}]]',
    '{"users":[{"id":1}}]',
    '{"users":[{"id" 1}]}',
    '{"users":[{1:1}]}',
    '{"users":["a',
    '{"users":[tru]}',
    '{"users" [1]}',
    '{"users":[1 2]}',
    '{,}',
    'no json',
    '{"users":[{"id":1}]} x',
  ];

  it.each(damages)('is refused with the place: %s', async (text) => {
    for (const chunkBytes of [1, 7, 65_536]) {
      const error = await failureOf(inputOf(text, chunkBytes), ['users.*']);
      expect(error.code).toBe('source_damaged');
      expect(error.parameters.place).toHaveProperty('zh');
    }
  });

  it('gives the records before the damage first, and says their number', async () => {
    const seen: unknown[] = [];
    const read = async () => {
      for await (const batch of readJsonRecords(inputOf('{"users":[{"id":1},\n{"id":2},\n{"id":}]}'), ['users.*'])) {
        seen.push(...batch);
      }
    };
    await expect(read()).rejects.toMatchObject({ parameters: { place: { en: 'record 2, line 3' } } });
    expect(seen).toHaveLength(2);
  });

  it('is refused at its 65th level, in records and beside them', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
      expect(await valuesOf(nested(64), ['users.*'])).toEqual([]);
      for (const text of [
        nested(65),
        `{"users":[${nested(63)}]}`,
        `{"a":1}\n{"b":${nested(65)}}`,
        open.repeat(200_000),
      ]) {
        expect((await failureOf(inputOf(text), ['users.*'])).code).toBe('source_too_deep');
      }
    }
    expect(await valuesOf(`{"a":1}\n{"b":"${'[{\\"'.repeat(100)}"}`, ['b'])).toHaveLength(1);
  });

  it.each([
    ['a record', '{"users":[{"a":[1', ',1'],
    ['a text', '{"users":[{"a":"', 'x'.repeat(1000)],
    ['a text beside the records', '{"realm":"', 'x'.repeat(1000)],
    ['a name', '{"', 'x'.repeat(1000)],
    ['a number', '{"realm":1', '1'.repeat(1000)],
    ['a line', '{"id":1}\n{"id":"', 'x'.repeat(1000)],
  ])('is refused soon after 1 MiB of %s', async (_, head, repeated) => {
    let given = 0;
    const piece = Buffer.from(repeated.repeat(Math.ceil(10_000 / repeated.length)));
    const endless: SourceInput = {
      async *open() {
        given = 0;
        yield Buffer.from(head);
        for (; given < 64 * MEBIBYTE; given += piece.length) yield piece;
      },
    };
    expect((await failureOf(endless, ['users.*'])).code).toBe('source_item_too_large');
    expect(given).toBeLessThan(2 * MEBIBYTE);
  });
});
