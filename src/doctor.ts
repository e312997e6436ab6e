import { access, constants, stat } from 'node:fs/promises';
import { type Config, masterKeyPath, sqlitePath } from './config.ts';
import { FactorportError } from './errors/error.ts';
import { openFactorSeed } from './factors/open-factor-seed.ts';
import { asOne, findMasterKeys } from './find-master-key.ts';
import type { LocalText, TextParameters } from './language.ts';
import { openStore, reachDatabase } from './open-store.ts';
import type { FactorTable } from './store/schema.ts';
import type { Store } from './store/store.ts';
import { openKeyRing } from './vault/key-ring.ts';
import { createVault, type Vault } from './vault/vault.ts';
import { clockLag } from './verify/clock-guard.ts';

export type CheckResult = 'ok' | 'warning' | 'failed';

/** One finding of the doctor: what was looked at, how it is, and what to do. */
export interface Check {
  readonly name: string;
  readonly label: LocalText;
  readonly result: CheckResult;
  readonly text: LocalText;
  readonly parameters?: TextParameters;
}

const LABELS = {
  directory: { en: 'data directory', zh: '数据目录' },
  database: { en: 'database', zh: '数据库' },
  keyRing: { en: 'key ring', zh: '密钥环' },
  seals: { en: 'sealed seeds', zh: '已密封的 OTP 密钥' },
  clock: { en: 'clock', zh: '时钟' },
} as const satisfies Record<string, LocalText>;

const SAMPLED_FACTORS = 100;
const TOLERATED_CLOCK_DIFFERENCE_MS = 2_000;
/** Before this program was written: a clock that shows less has lost its battery. */
const EARLIEST_PLAUSIBLE_TIME = Date.UTC(2026, 0, 1);

/** Looks at everything the service stands on, and changes no data. */
export async function examine(config: Config, clock: () => number = Date.now): Promise<Check[]> {
  const checks = config.databaseUrl === undefined ? [await examineDirectory(config)] : [];
  if (checks.some((check) => check.result === 'failed')) return checks;
  if (config.databaseUrl === undefined && !(await exists(sqlitePath(config)))) {
    return [...checks, notSetUp()];
  }
  let store: Store;
  try {
    store = await openStore(config, clock);
  } catch (error) {
    return [...checks, failure('database', LABELS.database, error)];
  }
  try {
    const database = await examineDatabase(store);
    checks.push(database);
    if (database.result === 'ok') checks.push(...(await examineKeys(config, store)), await examineClock(store, clock));
  } finally {
    await store.close();
  }
  return checks;
}

async function examineDirectory(config: Config): Promise<Check> {
  const label = LABELS.directory;
  const parameters = { path: config.dataDir };
  if (!(await exists(config.dataDir))) {
    const text = {
      en: '{path} does not exist yet. Start the service once.',
      zh: '{path} 尚不存在，请先启动一次服务。',
    };
    return { name: 'directory', label, result: 'failed', text, parameters };
  }
  const found = await stat(config.dataDir);
  if (!found.isDirectory())
    return failure('directory', label, new FactorportError('data_dir_unusable', { parameters }));
  const { mode } = found;
  const writable = await access(config.dataDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return failure('directory', label, new FactorportError('data_dir_unusable', { parameters }));
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const text = {
      en: '{path} can be read by other accounts. Run: chmod 700 {path}',
      zh: '{path} 可被其他账户读取，请执行：chmod 700 {path}',
    };
    return { name: 'directory', label, result: 'warning', text, parameters };
  }
  return { name: 'directory', label, result: 'ok', text: { en: '{path}', zh: '{path}' }, parameters };
}

async function examineDatabase(store: Store): Promise<Check> {
  try {
    const { current, known } = await reachDatabase(store.schemaVersion());
    if (current < known) return notSetUp();
    const text = { en: '{engine}, schema version {current}', zh: '{engine}，结构版本 {current}' };
    return {
      name: 'database',
      label: LABELS.database,
      result: 'ok',
      text,
      parameters: { engine: store.engine, current },
    };
  } catch (error) {
    return failure('database', LABELS.database, error);
  }
}

async function examineKeys(config: Config, store: Store): Promise<Check[]> {
  try {
    const masterKey = asOne(await findMasterKeys(config));
    const readRing = () => store.read.ringKeys.list();
    const wrappedKeys = await readRing();
    if (wrappedKeys.length === 0) return [notStarted()];
    if (masterKey === undefined) {
      throw new FactorportError('master_key_missing', { parameters: { path: masterKeyPath(config) } });
    }
    const ring = await openKeyRing(masterKey, wrappedKeys, readRing);
    const text = {
      en: '{count} keys, all can be opened; master key from {source}',
      zh: '{count} 个密钥可正常打开，主密钥来自 {source}',
    };
    const parameters = { count: wrappedKeys.length, source: masterKey.source };
    return [
      { name: 'key-ring', label: LABELS.keyRing, result: 'ok', text, parameters },
      await examineSeals(createVault(ring), store),
    ];
  } catch (error) {
    return [failure('key-ring', LABELS.keyRing, error)];
  }
}

async function examineSeals(vault: Vault, store: Store): Promise<Check> {
  const sample = await store.read.factors.sample(SAMPLED_FACTORS);
  await vault.learn(sample.map((factor) => factor.sealed_seed));
  const broken = sample.filter((factor) => !opens(vault, factor)).length;
  const parameters = { broken, count: sample.length };
  const label = LABELS.seals;
  if (broken === 0) {
    const text = { en: '{count} checked, all can be opened', zh: '抽查 {count} 个，均可正常打开' };
    return { name: 'seals', label, result: 'ok', text, parameters };
  }
  const text = {
    en: '{broken} of {count} looked at do not open: rows were changed or moved. Restore them from a backup.',
    zh: '抽查 {count} 个，其中 {broken} 个无法打开：数据行被修改或移动，请从备份恢复。',
  };
  return { name: 'seals', label, result: 'failed', text, parameters };
}

/** TOTP depends on the time: a clock that is wrong refuses every code. */
async function examineClock(store: Store, clock: () => number): Promise<Check> {
  const label = LABELS.clock;
  const now = clock();
  const lastUse = await store.read.factors.lastUseTime();
  const differenceMs = await store.clockDifference();
  if (now < EARLIEST_PLAUSIBLE_TIME || (lastUse !== undefined && lastUse > now + 600_000)) {
    const text = {
      en: 'The clock shows {now}, which is before codes that were already used. Set it, best by NTP.',
      zh: '当前时钟为 {now}，早于已使用过的验证码时间，请校准时钟（建议使用 NTP）。',
    };
    return { name: 'clock', label, result: 'failed', text, parameters: { now: new Date(now).toISOString() } };
  }
  const lagMs = await clockLag(store, now);
  if (lagMs > 0) {
    const parameters = { seconds: Math.ceil(lagMs / 1000) };
    return failure('clock', label, new FactorportError('clock_behind', { parameters }));
  }
  if (Math.abs(differenceMs) > TOLERATED_CLOCK_DIFFERENCE_MS) {
    const text = {
      en: 'This machine and the database differ by {seconds} s. Set both clocks by NTP.',
      zh: '本机与数据库的时钟相差 {seconds} 秒，请用 NTP 校准两者。',
    };
    const parameters = { seconds: Math.round(differenceMs / 1000) };
    return { name: 'clock', label, result: 'warning', text, parameters };
  }
  const text = { en: '{now}', zh: '{now}' };
  return { name: 'clock', label, result: 'ok', text, parameters: { now: new Date(now).toISOString() } };
}

function notStarted(): Check {
  const text = {
    en: 'none yet; the first start of the service makes it',
    zh: '尚未创建，首次启动服务时会自动创建',
  };
  return { name: 'key-ring', label: LABELS.keyRing, result: 'warning', text };
}

function notSetUp(): Check {
  return failure('database', LABELS.database, new FactorportError('database_not_migrated'));
}

function failure(name: string, label: LocalText, error: unknown): Check {
  if (!(error instanceof FactorportError)) throw error;
  const { en, zh } = error.definition;
  return { name, label, result: 'failed', text: { en, zh }, parameters: error.parameters };
}

function opens(vault: Vault, factor: FactorTable): boolean {
  try {
    openFactorSeed(vault, factor).wipe();
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
