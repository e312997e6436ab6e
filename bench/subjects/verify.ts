import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import { installBetterAuth, startBetterAuth } from '../contenders/better-auth.ts';
import type { StartContender } from '../contenders/contender.ts';
import { startFactorport } from '../contenders/factorport.ts';
import { startMinimalRoute } from '../contenders/minimal-route.ts';
import { type DatabaseMaker, openDatabaseMaker } from '../lib/databases.ts';
import { applyLoad, type Bearing } from '../lib/load.ts';
import { type Figures, type Findings, medianOf, ratio, type Subject } from '../lib/measurement.ts';
import { createItems, type Item } from '../lib/population.ts';

const CONNECTIONS = 50;
/** A code computed before the load begins is good for 30 seconds at least, with the window of one step that all have. */
const WARM_UP_SECONDS = 4;
const MEASURED_SECONDS = 6;
/** The part of the users by whom the servers are warmed up. */
const WARM_UP_PART = 0.2;

export const verify: Subject = {
  name: 'verify',
  summary: `right codes of --rows different users, sent over ${CONNECTIONS} connections to a server in its own process`,
  defaultRows: 20_000,
  figures: {
    requestsPerSecond: `Codes accepted a second by POST /api/v1/otp/verify with a management token, default settings: authenticated, the seed opened, used up and audited in a committed transaction, logged. A fifth of the users warms the server up for at most ${WARM_UP_SECONDS} s, the rest is measured for at most ${MEASURED_SECONDS} s; each user verifies once, and any other answer than "verified" ends the run.`,
    'p50Ms, p99Ms':
      'Half, and 99 of 100, of these requests took no longer than so many milliseconds, as the client saw it.',
    'minimalRouteRequestsPerSecond, minimalRouteP50Ms, minimalRouteP99Ms':
      'The same load on a Fastify route that does nothing but read the row of the same table by its primary key and update it under the condition that its step is older, each statement its own transaction, same database, same durability, same drivers; no authentication, no HMAC, no audit event, no log.',
    'betterAuthRequestsPerSecond, betterAuthP50Ms, betterAuthP99Ms':
      'The same seeds and load on the two-factor plugin of better-auth (POST /two-factor/verify-totp) with its defaults but no rate limit, on the same PostgreSQL server: users who have signed in by password give their code, which is what its limits on attempts and its account lock apply to; it also makes the session that this yields. Installed under bench/better-auth when first needed; null with --db sqlite and with --offline.',
    ratioToMinimalRoute: 'requestsPerSecond / minimalRouteRequestsPerSecond: what is left of what the stack could do.',
    ratioToBetterAuth: 'requestsPerSecond / betterAuthRequestsPerSecond; null where that is.',
    repetitions:
      'The same for each run. The contenders take turns, each on a fresh database; the rates and times are medians, the ratios those of the medians.',
  },
  columns: {
    'requests/s': 'requestsPerSecond',
    'p50 ms': 'p50Ms',
    'p99 ms': 'p99Ms',
    'minimal/s': 'minimalRouteRequestsPerSecond',
    ratio: 'ratioToMinimalRoute',
    'better-auth/s': 'betterAuthRequestsPerSecond',
    'to it': 'ratioToBetterAuth',
  },
  async measure({ rows, db, repetitions, offline }): Promise<Findings> {
    const withBetterAuth = db === 'postgres' && !offline;
    if (withBetterAuth) installBetterAuth();
    await using databases = await openDatabaseMaker(db);
    const items = createItems(rows);
    const runs: Figures[] = [];
    for (let run = 0; run < repetitions; run++) {
      runs.push(
        withRatios({
          ...named('', await measureContender(startFactorport, databases, items)),
          ...named('minimalRoute', await measureContender(startMinimalRoute, databases, items)),
          ...named(
            'betterAuth',
            withBetterAuth ? await measureContender(startBetterAuth, databases, items) : undefined,
          ),
        }),
      );
    }
    const rates = Object.keys(runs[0] ?? {}).filter((name) => !name.startsWith('ratio'));
    return {
      overall: withRatios(Object.fromEntries(rates.map((name) => [name, medianOf(name, runs)]))),
      repetitions: runs,
    };
  },
};

async function measureContender(
  start: StartContender,
  databases: DatabaseMaker,
  items: readonly Item[],
): Promise<Bearing> {
  await using contender = await start(databases, items);
  const step = timeStepAt(Date.now(), DEFAULT_PARAMETERS.periodSeconds);
  const requests = items.map((item) => contender.requestFor(item, codeOf(item, step)));
  const warming = Math.floor(items.length * WARM_UP_PART);
  return await applyLoad({
    url: contender.url,
    accepted: contender.accepted,
    connections: CONNECTIONS,
    warmUp: { requests: requests.slice(0, warming), seconds: WARM_UP_SECONDS },
    measured: { requests: requests.slice(warming), seconds: MEASURED_SECONDS },
  });
}

function codeOf({ otp }: Item, step: number): string {
  return computeTotp(parseSeed(otp.secret) as Seed, step, DEFAULT_PARAMETERS);
}

/** The figures of one contender under its name: `p50Ms` becomes `minimalRouteP50Ms`. */
function named(contender: string, bearing: Bearing | undefined): Figures {
  const name = (figure: string) =>
    contender === '' ? figure : `${contender}${figure.charAt(0).toUpperCase()}${figure.slice(1)}`;
  return {
    [name('requestsPerSecond')]: bearing?.requestsPerSecond ?? null,
    [name('p50Ms')]: bearing?.p50Ms ?? null,
    [name('p99Ms')]: bearing?.p99Ms ?? null,
  };
}

function withRatios(figures: Figures): Figures {
  const rate = figures.requestsPerSecond ?? null;
  return {
    ...figures,
    ratioToMinimalRoute: ratio(rate, figures.minimalRouteRequestsPerSecond ?? null),
    ratioToBetterAuth: ratio(rate, figures.betterAuthRequestsPerSecond ?? null),
  };
}
