import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../../src/export/formats/index.ts';
import { parseKeyUri } from '../../src/otp/key-uri.ts';
import { importItems } from '../import/importing.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed, plantedSeedBytes } from '../support/planted.ts';
import { exportText, ITEMS, openContainer, PASSWORD, requestFor, type Told, told } from './exporting.ts';
import { readBack, SOURCES } from './reading.ts';

const CLEAR = EXPORT_FORMATS.filter(({ isEncrypted }) => !isEncrypted).map(({ name }) => name);
const byUserId = (left: { userId: string }, right: { userId: string }) => (left.userId < right.userId ? -1 : 1);
const EXPECTED = ITEMS.map(told).toSorted(byUserId);

const READERS: Readonly<Record<string, (text: string) => Told[]>> = {
  pskc: (text) => openContainer(text, PASSWORD),
  authing: (text) => JSON.parse(text).list.map(told),
  ndjson: (text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => told(JSON.parse(line))),
  csv: (text) =>
    parse<Record<string, string>>(text, { columns: true }).map((row) => ({
      // Guarded against spreadsheets.
      userId: (row.user_id as string).replace(/^'(?==)/, ''),
      secret: row.secret as string,
      type: row.type as string,
      algorithm: row.algorithm as string,
      digits: Number(row.digits),
      period: Number(row.period),
      counter: Number(row.counter),
    })),
  otpauth: (text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const key = parseKeyUri(line);
        if (typeof key === 'string') throw new Error(key);
        const { type, algorithm, digits, periodSeconds: period } = key.parameters;
        const { account: userId, counter } = key;
        return { userId, secret: key.seed.toBase32(), type, algorithm, digits, period, counter };
      }),
};

async function openWithItems(engine: (typeof ENGINES)[number]): Promise<TestServices> {
  const opened = await openTestServices(engine);
  await importItems(opened.services, opened.poolId, ITEMS, { createMissingUsers: true });
  return opened;
}

async function exportEvents({ services, poolId }: TestServices) {
  await services.audit.flush();
  const events = await services.store.read.audit.list(poolId, 100);
  return events
    .filter(({ action }) => action.startsWith('otp.export'))
    .map(({ action, result, detail }) => ({ action, result, ...JSON.parse(detail) }));
}

describe.each(ENGINES)('an export on %s', (engine) => {
  it.each(EXPORT_FORMATS.map(({ name }) => name))('%s holds every factor exactly, by user id', async (name) => {
    await using opened = await openWithItems(engine);
    const { text, outcome } = await exportText(opened.services, opened.poolId, name);
    const read = READERS[name]?.(text) ?? [];
    expect(read).toEqual(EXPECTED);
    expect(outcome).toEqual({ exported: ITEMS.length, leftOut: 0, leftOutUsers: [], recoveryCodes: 2 });
  });

  it.each(Object.entries(SOURCES))('%s is read back by its source, exactly', async (name, source) => {
    await using opened = await openWithItems(engine);
    const { text } = await exportText(opened.services, opened.poolId, name);
    expect(await readBack(source, text)).toEqual(EXPECTED);
  });

  it('shows no seed where it is encrypted, in whatever encoding', async () => {
    await using opened = await openWithItems(engine);
    const { text } = await exportText(opened.services, opened.poolId, 'pskc');
    for (let number = 4_000; number < 4_000 + ITEMS.length; number++) {
      const bytes = plantedSeedBytes(number);
      // A part of each that no alignment of base64 spoils.
      for (const secret of [plantedSeed(number).slice(0, 16), bytes.toString('hex'), bytes.toString('base64')]) {
        expect(text).not.toContain(secret);
        expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      }
    }
    expect(text).not.toContain(PASSWORD);
    expect(() => openContainer(text, `${PASSWORD}!`)).toThrow();
    const again = await exportText(opened.services, opened.poolId, 'pskc');
    expect(again.text).not.toBe(text);
  });

  it('goes through any number of users in their order, each once', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const list = Array.from({ length: 1_203 }, (_, index) => ({
      userId: `user-${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    await importItems(services, poolId, list, { createMissingUsers: true });
    const { text, outcome } = await exportText(services, poolId, 'ndjson');
    expect(READERS.ndjson?.(text)).toEqual(list.map(told).toSorted(byUserId));
    expect(outcome.exported).toBe(list.length);
  });

  it('is a well-formed file where nobody has a factor', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    for (const name of ['authing', 'csv', 'pskc']) {
      const { text, outcome } = await exportText(services, poolId, name);
      expect(READERS[name]?.(text)).toEqual([]);
      expect(outcome.exported).toBe(0);
    }
  });

  it('gives nothing of another pool', async () => {
    await using opened = await openWithItems(engine);
    const { text } = await exportText(opened.services, 'another pool', 'ndjson');
    expect(text).toBe('');
  });

  it('leaves its event before the first byte, and one that says how much was given', async () => {
    await using opened = await openWithItems(engine);
    const { services, poolId } = opened;
    const { pieces } = await services.exporter.begin(actorIn(poolId), requestFor('csv'));
    const began = { action: 'otp.export', result: 'ok', format: 'csv', encrypted: false };
    expect(await exportEvents(opened)).toEqual([began]);
    for await (const _ of pieces);
    const counts = { exported: ITEMS.length, leftOut: 0, leftOutUsers: [], whole: true };
    const ended = { action: 'otp.export-end', result: 'ok', format: 'csv', encrypted: false, ...counts };
    expect(await exportEvents(opened)).toEqual(expect.arrayContaining([began, ended]));
    expect(JSON.stringify(await exportEvents(opened))).not.toContain(PASSWORD);
  });

  it('says in its event how far it came where it breaks off', async () => {
    await using opened = await openWithItems(engine);
    const { pieces } = await opened.services.exporter.begin(actorIn(opened.poolId), requestFor('ndjson'));
    await pieces.next();
    await pieces.next();
    await pieces.return();
    const ended = { action: 'otp.export-end', result: 'failed', exported: ITEMS.length, whole: false };
    expect(await exportEvents(opened)).toEqual(expect.arrayContaining([expect.objectContaining(ended)]));
  });

  it('is refused, without an event, where clear seeds are not meant or the password will not do', async () => {
    await using opened = await openWithItems(engine);
    const { exporter } = opened.services;
    const actor = actorIn(opened.poolId);
    for (const name of CLEAR) {
      const { format } = requestFor(name);
      const meant = exporter.begin(actor, { format, revealSecrets: false });
      await expect(meant).rejects.toMatchObject({ code: 'export_reveals' });
      const unused = exporter.begin(actor, { format, revealSecrets: true, password: PASSWORD });
      await expect(unused).rejects.toMatchObject({ code: 'export_not_encrypted' });
    }
    const { format } = requestFor('pskc');
    for (const password of [undefined, '', 'x'.repeat(11), '🔒'.repeat(6)]) {
      const refused = exporter.begin(actor, { format, revealSecrets: true, password });
      await expect(refused).rejects.toMatchObject({ code: 'export_password' });
    }
    expect(await exportEvents(opened)).toEqual([]);
  });

  it('names the users whose seals do not open, and gives the others', async () => {
    await using opened = await openWithItems(engine);
    const { services, poolId, database } = opened;
    await runSql(database, `update factor set digits = 8 where user_id in ('alice', 'token')`);
    const { text, outcome } = await exportText(services, poolId, 'authing');
    const left = ['alice', 'token'];
    expect(READERS.authing?.(text)).toEqual(EXPECTED.filter(({ userId }) => !left.includes(userId)));
    expect(outcome).toMatchObject({ exported: ITEMS.length - 2, leftOut: 2, leftOutUsers: left });
    const ended = { action: 'otp.export-end', result: 'failed', leftOut: 2, leftOutUsers: left, whole: true };
    expect(await exportEvents(opened)).toEqual(expect.arrayContaining([expect.objectContaining(ended)]));
  });

  it('names the users whose ids the format would change', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const list = [' padded', 'plain', '\uffff'].map((userId, index) => ({
      userId,
      otp: { secret: plantedSeed(4_100 + index) },
    }));
    await importItems(services, poolId, list, { createMissingUsers: true });
    const leftOut = async (name: string) => (await exportText(services, poolId, name)).outcome.leftOutUsers;
    expect(await leftOut('pskc')).toEqual(['\uffff']);
    expect(await leftOut('otpauth')).toEqual([' padded']);
    expect(await leftOut('authing')).toEqual([]);
  });

  it('holds everybody while the keys of the seals change', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const list = Array.from({ length: 1_100 }, (_, index) => ({
      userId: `user-${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    await importItems(services, poolId, list, { createMissingUsers: true });
    const { pieces, outcome } = await services.exporter.begin(actorIn(poolId), requestFor('ndjson'));
    await pieces.next();
    await pieces.next();
    await services.vaultKeys.rotate(actorIn(poolId));
    await services.vaultKeys.finishRotation();
    for await (const _ of pieces);
    expect(outcome).toMatchObject({ exported: list.length, leftOut: 0 });
  });
});

describe('exports of the same factors', () => {
  it.each(CLEAR)('are the same from both databases: %s', async (name) => {
    const texts: string[] = [];
    for (const engine of ENGINES) {
      await using opened = await openWithItems(engine);
      texts.push((await exportText(opened.services, opened.poolId, name)).text);
    }
    expect(texts[0]).toBe(texts[1]);
  });
});
