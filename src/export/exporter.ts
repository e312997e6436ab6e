import { setImmediate } from 'node:timers/promises';
import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { openFactorSeed, parametersOf } from '../factors/open-factor-seed.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { ExportedFactor, ExportFormat, ExportWriter } from './format.ts';

/** Whoever has the file can guess as long as they like, so it takes more than a password of a login. */
export const MINIMUM_PASSWORD_LENGTH = 12;

const FACTORS_A_PAGE = 500;
/** So many users that were left out are named; the rest are counted. */
const NAMED_USERS = 100;

export interface ExportRequest {
  readonly format: ExportFormat;
  /** For encrypted formats. */
  readonly password?: string | undefined;
  /** That seeds in clear are meant, for the formats that have them so. */
  readonly revealSecrets: boolean;
}

/** What came of an export; complete when its last piece was given. */
export interface ExportOutcome {
  exported: number;
  /** Users who are not in the file: the seal does not open, or the format cannot hold the user id. */
  leftOut: number;
  /** The first of them, by user id. */
  readonly leftOutUsers: string[];
  /** Unused recovery codes of these users: only their digests exist, so they cannot come along. */
  recoveryCodes: number;
}

export interface Export {
  /** The file. Nothing is held open between two pieces. */
  readonly pieces: AsyncGenerator<string, void, void>;
  readonly outcome: Readonly<ExportOutcome>;
}

/** Gives a pool's factors back, so that nobody has to stay with this program. */
export interface Exporter {
  /**
   * Begins an export, in the order of user ids. When it resolves, the audit event that says so is on the disk; a second one
   * says how much was given, however it ended.
   *
   * Factors that come or change meanwhile may be in it or not; each user is in it at most once.
   *
   * @throws `export_reveals`, `export_password`, `export_not_encrypted`, before anything is opened
   */
  begin(actor: Actor, request: ExportRequest): Promise<Export>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
}

export function createExporter({ store, vault, audit }: Dependencies): Exporter {
  /** @returns `undefined` where the seal does not open */
  async function openFactor(factor: FactorTable): Promise<ExportedFactor | undefined> {
    const open = (row: FactorTable): ExportedFactor => ({
      userId: row.user_id,
      seed: openFactorSeed(vault, row),
      parameters: parametersOf(row),
      counter: row.counter,
    });
    try {
      return open(factor);
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
    // A rotation may have ended since the page was read, and its old key with it: the row as it is now decides.
    const now = await store.read.factors.find(factor.pool_id, factor.user_id);
    if (now === undefined) return undefined;
    await vault.learn([now.sealed_seed]);
    try {
      return open(now);
    } catch (error) {
      if (isBroken(error)) return undefined;
      throw error;
    }
  }

  async function writePage(factors: readonly FactorTable[], writer: ExportWriter, outcome: ExportOutcome) {
    await vault.learn(factors.map((factor) => factor.sealed_seed));
    let text = '';
    for (const row of factors) {
      const factor = await openFactor(row);
      const item = factor === undefined ? undefined : writer.item(factor);
      factor?.seed.wipe();
      if (item === undefined) {
        outcome.leftOut++;
        if (outcome.leftOutUsers.length < NAMED_USERS) outcome.leftOutUsers.push(row.user_id);
      } else {
        text += item;
        outcome.exported++;
      }
    }
    return text;
  }

  async function* writePages(poolId: string, writer: ExportWriter, outcome: ExportOutcome) {
    yield writer.head();
    let after = '';
    for (;;) {
      const factors = await store.read.factors.listAfter(poolId, after, FACTORS_A_PAGE);
      const last = factors.at(-1)?.user_id;
      if (last === undefined) break;
      const text = await writePage(factors, writer, outcome);
      outcome.recoveryCodes += await store.read.recoveryCodes.countLeftBetween(poolId, after, last);
      if (text !== '') yield text;
      if (factors.length < FACTORS_A_PAGE) break;
      after = last;
      await setImmediate();
    }
    yield writer.tail();
  }

  return {
    async begin(actor, request) {
      const writer = await createWriter(request);
      const detail = { format: request.format.name, encrypted: request.format.isEncrypted };
      const event = audit.stamp(actor, { action: 'otp.export', result: 'ok', detail });
      await audit.flush();
      await store.transaction((queries) => queries.audit.append([event]));
      const outcome: ExportOutcome = { exported: 0, leftOut: 0, leftOutUsers: [], recoveryCodes: 0 };

      async function* pieces(): AsyncGenerator<string, void, void> {
        let isWhole = false;
        try {
          yield* writePages(actor.poolId, writer, outcome);
          isWhole = true;
        } finally {
          const { recoveryCodes: _, ...counts } = outcome;
          const result = isWhole && outcome.leftOut === 0 ? 'ok' : 'failed';
          audit.record(actor, { action: 'otp.export-end', result, detail: { ...detail, ...counts, whole: isWhole } });
          await audit.flush();
        }
      }
      return { pieces: pieces(), outcome };
    },
  };
}

async function createWriter({ format, password, revealSecrets }: ExportRequest): Promise<ExportWriter> {
  const parameters = { format: format.name, minimum: MINIMUM_PASSWORD_LENGTH };
  if (!format.isEncrypted) {
    if (password !== undefined) throw new FactorportError('export_not_encrypted', { parameters });
    if (!revealSecrets) throw new FactorportError('export_reveals', { parameters });
    return format.createWriter('');
  }
  if (password === undefined || [...password].length < MINIMUM_PASSWORD_LENGTH) {
    throw new FactorportError('export_password', { parameters });
  }
  return format.createWriter(password);
}

function isBroken(error: unknown): boolean {
  return error instanceof FactorportError && error.code === 'seal_broken';
}
