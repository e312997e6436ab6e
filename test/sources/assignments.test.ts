import { describe, expect, it } from 'vitest';
import { Seed } from '../../src/otp/seed.ts';
import { createTextMap } from '../../src/sources/assignments/text-map.ts';
import { assignUser, readAssignments } from '../../src/sources/assignments.ts';
import type { SourceItem, SourceUser } from '../../src/sources/source.ts';
import { workbook } from './fixtures/workbook.ts';
import { createRandom, inputOf } from './support/inputs.ts';

const read = (text: string | Uint8Array) => readAssignments(inputOf(text));

describe('a list of assignments', () => {
  it('is told by its headings, whatever their order and language', async () => {
    const list = await read('备注;邮箱;序列号;用户名\nx;a@example.com;0012;anna\n;b@example.com;AB-1;\n');
    expect(list.size).toBe(2);
    expect(list.find('0012')).toEqual({ email: 'a@example.com', username: 'anna' });
    expect(list.find(' ab-1 ')).toEqual({ email: 'b@example.com' });
  });

  it('without headings is serial number and user', async () => {
    const list = await read('0012\tanna\n0013\tben\n');
    expect(list.find('0013')).toEqual({ name: 'ben' });
  });

  it('needs one heading only, where there are two columns', async () => {
    expect((await read('Mitarbeiter,Serial\nanna,0012\n')).find('0012')).toEqual({ name: 'anna' });
    expect((await read('Token,email\n0012,a@example.com\n')).find('0012')).toEqual({ email: 'a@example.com' });
  });

  it('keeps leading zeros', async () => {
    const list = await read('serial,user\n0012,anna\n12,ben\n');
    expect(list.find('0012')).toEqual({ name: 'anna' });
    expect(list.find('12')).toEqual({ name: 'ben' });
    expect(list.find('012')).toBeUndefined();
  });

  it('may be a workbook, in which numbers are no serial numbers', async () => {
    const rows = (serial: string | number) =>
      workbook({
        Notes: [['x']],
        S: [
          ['serial', 'email'],
          [serial, 'a@example.com'],
        ],
      });
    expect((await read(rows('0012'))).find('0012')).toEqual({ email: 'a@example.com' });
    await expect(read(rows(12))).rejects.toMatchObject({ code: 'users_file_bad' });
  });

  it('passes over tokens that nobody has, and the same assignment again', async () => {
    const list = await read('serial,user\n1,\n2,n/a\n3,anna\n3,anna\n');
    expect(list.size).toBe(1);
  });

  it.each([
    ['gives a serial number to two users', 'serial,user\n1,anna\n01,ben\n1,cara\n'],
    ['has a serial number in scientific notation', 'serial,user\n1.2E+12,anna\n'],
    ['has a row without a serial number', 'serial,user\n,anna\n'],
    ['has a row that cannot be read', 'serial,user\n1,"anna\n2,ben\n'],
    ['has no column of serial numbers', 'user,email\nanna,a@example.com\n'],
    ['has no column of users', 'serial,colour,size\n1,red,9\n'],
    ['has its columns the other way round', 'a@example.com,1\nb@example.com,2\n'],
    ['has more columns than two and no headings', '1,anna,x\n2,ben,y\n'],
    ['has nothing below its headings', 'serial,user\n'],
  ])('is refused where it %s', async (_what, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'users_file_bad' });
  });
});

describe('an item without a user', () => {
  const place = { item: 1, line: 1 };
  const entry = (user: SourceUser, serial: string | undefined): SourceItem => ({
    kind: 'entry',
    entry: {
      place,
      user,
      serial,
      seed: new Seed(new Uint8Array(20)),
      parameters: { type: 'totp', algorithm: 'SHA1', digits: 6, periodSeconds: 30 },
      counter: 0,
      recoveryCodes: [],
    },
  });
  const list = read('serial,user\nT1,anna\n');

  it('gets the user of its serial number', async () => {
    expect(assignUser(entry({}, 't1'), await list)).toMatchObject({ entry: { user: { name: 'anna' }, serial: 't1' } });
  });

  it('becomes a problem where nobody has the serial number', async () => {
    expect(assignUser(entry({}, 'T2'), await list)).toEqual({
      kind: 'problem',
      problem: { place, user: {}, serial: 'T2', field: 'serial', reason: 'serial_unassigned' },
    });
  });

  it('keeps the user it has, and is left alone where it has no serial number', async () => {
    const named = entry({ username: 'ben' }, 'T1');
    expect(assignUser(named, await list)).toBe(named);
    const nameless = entry({}, undefined);
    expect(assignUser(nameless, await list)).toBe(nameless);
    const nothing: SourceItem = { kind: 'nothing', place };
    expect(assignUser(nothing, await list)).toBe(nothing);
  });

  it('that is a problem stays one, and says whose', async () => {
    const problem: SourceItem = {
      kind: 'problem',
      problem: { place, user: {}, serial: 'T1', field: 'x', reason: 'not_hex' },
    };
    expect(assignUser(problem, await list)).toMatchObject({ problem: { reason: 'not_hex', user: { name: 'anna' } } });
  });
});

describe('a map of texts', () => {
  it('has what a Map has', () => {
    const random = createRandom(5);
    const map = createTextMap();
    const model = new Map<string, string>();
    for (let step = 0; step < 50_000; step++) {
      const key = `${random(2) === 0 ? '令牌' : 'T'}${random(20_000)}`;
      const value = `u${random(1_000)}`;
      expect(map.add(key, value)).toBe(model.get(key));
      if (!model.has(key)) model.set(key, value);
    }
    expect(map.size).toBe(model.size);
    for (const [key, value] of model) expect(map.get(key)).toBe(value);
    expect(map.get('absent')).toBeUndefined();
  });
});
