import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import pg from 'pg';

/** No name that resolves: it only has to be the same in the configuration and in the requests' Origin. */
export const ORIGIN = 'http://bench.invalid';

const secret = 'only for measuring, in a database that is thrown away';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

/** Its defaults, except that it must not refuse most of the load for its rate. */
export const options = {
  baseURL: ORIGIN,
  secret,
  database: pool,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [twoFactor()],
} satisfies BetterAuthOptions;

export const auth = betterAuth(options);
