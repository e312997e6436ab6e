import { installBetterAuth, startBetterAuth } from '../contenders/better-auth.ts';
import { startFactorport } from '../contenders/factorport.ts';
import { startMinimalRoute } from '../contenders/minimal-route.ts';
import { openDatabaseMaker } from '../lib/databases.ts';
import { type Figures, type Findings, medianOf, ratio, type Subject } from '../lib/measurement.ts';
import { createItems } from '../lib/population.ts';
import { CONNECTIONS, ROUND_SECONDS, ROUNDS, type Throughput, takeTurns, WARM_UP_SECONDS } from '../lib/turns.ts';

export const verify: Subject = {
  name: 'verify',
  summary: `right codes of --rows users, each sent once, over ${CONNECTIONS} connections to a server in its own process`,
  defaultRows: 20_000,
  figures: {
    requestsPerSecond: `Codes accepted a second by POST /api/v1/otp/verify with a management token and default settings: the caller authenticated, the seed opened, the code used up and its audit event written in a committed transaction, the request logged. A fifth of the users warms the server up, for at most ${WARM_UP_SECONDS} s; the rest comes in ${ROUNDS} rounds of at most ${ROUND_SECONDS} s. Any other answer than that the code was right ends the benchmark.`,
    'p50Ms, p99Ms':
      'Half of these requests, and 99 of 100, took no longer than so many milliseconds, as the client saw it.',
    'minimalRouteRequestsPerSecond, minimalRouteP50Ms, minimalRouteP99Ms':
      'The same load on a Fastify route that reads the row of the same table by its primary key and updates it if its last step is older, with the same driver, on an equal database with the same durability, each update a commit of its own. It authenticates nobody, opens no seed, computes no code, and writes neither audit event nor log.',
    'betterAuthRequestsPerSecond, betterAuthP50Ms, betterAuthP99Ms':
      'The same seeds and load on the two-factor plugin of better-auth (POST /two-factor/verify-totp) with its defaults, its rate limit off, on the same PostgreSQL server. The users have signed in by password and owe the code: only then it counts attempts and locks accounts. The answer is a session, which it also makes. It is installed under bench/better-auth when first needed; null with --db sqlite and with --offline.',
    ratioToMinimalRoute: 'requestsPerSecond / minimalRouteRequestsPerSecond: what is left of what the stack can do.',
    ratioToBetterAuth: 'requestsPerSecond / betterAuthRequestsPerSecond; null where that is.',
    repetitions:
      'The same for each run, with fresh databases and processes. In every round the servers take turns. Rates and times are medians over the runs, ratios those of the medians.',
  },
  columns: {
    'requests/s': 'requestsPerSecond',
    'p50 ms': 'p50Ms',
    'p99 ms': 'p99Ms',
    'minimal/s': 'minimalRouteRequestsPerSecond',
    ratio: 'ratioToMinimalRoute',
    'better-auth/s': 'betterAuthRequestsPerSecond',
    'ratio to it': 'ratioToBetterAuth',
  },
  async measure({ rows, db, repetitions, offline }): Promise<Findings> {
    const others = db === 'postgres' && !offline ? [startBetterAuth] : [];
    if (others.length > 0) installBetterAuth();
    await using databases = await openDatabaseMaker(db);
    const items = createItems(rows);
    const runs: Figures[] = [];
    for (let run = 0; run < repetitions; run++) {
      runs.push(figuresOf(await takeTurns([startFactorport, startMinimalRoute, ...others], databases, items)));
    }
    const names = Object.keys(runs[0] as Figures);
    const medians = Object.fromEntries(names.map((name) => [name, medianOf(name, runs)]));
    return { overall: withRatios(medians), repetitions: runs };
  },
};

function figuresOf([factorport, minimalRoute, betterAuth]: readonly Throughput[]): Figures {
  return withRatios({
    requestsPerSecond: factorport?.requestsPerSecond ?? null,
    p50Ms: factorport?.p50Ms ?? null,
    p99Ms: factorport?.p99Ms ?? null,
    minimalRouteRequestsPerSecond: minimalRoute?.requestsPerSecond ?? null,
    minimalRouteP50Ms: minimalRoute?.p50Ms ?? null,
    minimalRouteP99Ms: minimalRoute?.p99Ms ?? null,
    betterAuthRequestsPerSecond: betterAuth?.requestsPerSecond ?? null,
    betterAuthP50Ms: betterAuth?.p50Ms ?? null,
    betterAuthP99Ms: betterAuth?.p99Ms ?? null,
  });
}

function withRatios(figures: Figures): Figures {
  const rate = figures.requestsPerSecond ?? null;
  return {
    ...figures,
    ratioToMinimalRoute: ratio(rate, figures.minimalRouteRequestsPerSecond ?? null),
    ratioToBetterAuth: ratio(rate, figures.betterAuthRequestsPerSecond ?? null),
  };
}
