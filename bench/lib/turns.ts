import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import type { Contender, StartContender } from '../contenders/contender.ts';
import type { DatabaseMaker } from './databases.ts';
import { type Bearing, type LoadGenerator, openLoadGenerator } from './load.ts';
import { percentile, round } from './measurement.ts';
import type { Item } from './population.ts';

export const CONNECTIONS = 50;
/** The part of the users by whom the servers are warmed up, so that nothing is measured that still compiles. */
const WARM_UP_PART = 0.2;
export const WARM_UP_SECONDS = 4;
export const ROUNDS = 6;
export const ROUND_SECONDS = 1;

/** What the rounds of one contender come to. */
export interface Throughput {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Starts the contenders, all with the same users, and sends the codes of all users to each: first to warm up, then in
 * short rounds in which the contenders take turns, so that what else the machine does meets all of them alike.
 */
export async function takeTurns(
  starts: readonly StartContender[],
  databases: DatabaseMaker,
  items: readonly Item[],
): Promise<Throughput[]> {
  await using scope = new AsyncDisposableStack();
  const runners: { contender: Contender; generator: LoadGenerator; bearings: Bearing[] }[] = [];
  for (const start of starts) {
    const contender = scope.use(await start(databases, items));
    const { url, accepted } = contender;
    const generator = scope.use(openLoadGenerator({ url, accepted, connections: CONNECTIONS }));
    runners.push({ contender, generator, bearings: [] });
  }
  const warming = Math.floor(items.length * WARM_UP_PART);
  for (const { contender, generator } of runners) {
    await generator.send({ requests: requestsFor(contender, items.slice(0, warming)), seconds: WARM_UP_SECONDS });
  }
  for (const some of inParts(items.slice(warming), ROUNDS)) {
    for (const { contender, generator, bearings } of runners) {
      bearings.push(await generator.send({ requests: requestsFor(contender, some), seconds: ROUND_SECONDS }));
    }
  }
  return runners.map(({ bearings }) => summarise(bearings));
}

/** Codes of the current step: with the window of one step that all have, good for 30 seconds at least. */
function requestsFor(contender: Contender, items: readonly Item[]): string[] {
  const step = timeStepAt(Date.now(), DEFAULT_PARAMETERS.periodSeconds);
  return items.map((item) => {
    const seed = parseSeed(item.otp.secret) as Seed;
    return contender.requestFor(item, computeTotp(seed, step, DEFAULT_PARAMETERS));
  });
}

function inParts<Value>(values: readonly Value[], count: number): Value[][] {
  const start = (part: number) => Math.floor((part * values.length) / count);
  return Array.from({ length: count }, (_, part) => values.slice(start(part), start(part + 1)));
}

function summarise(bearings: readonly Bearing[]): Throughput {
  const milliseconds = bearings.reduce((sum, bearing) => sum + bearing.milliseconds, 0);
  const latencies = bearings.flatMap((bearing) => bearing.latencies);
  return {
    requestsPerSecond: Math.round((latencies.length / milliseconds) * 1000),
    p50Ms: round(percentile(0.5, latencies), 2),
    p99Ms: round(percentile(0.99, latencies), 2),
  };
}
