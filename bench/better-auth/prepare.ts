import { readFile, writeFile } from 'node:fs/promises';
import { makeSignature, symmetricEncrypt } from 'better-auth/crypto';
import { getMigrations } from 'better-auth/db/migration';
import { auth, options, pool } from './auth.ts';

/*
 * Fills a fresh database: for each seed a user who has signed in by password and now owes the second factor, just as
 * its sign-in leaves them. Writes the cookie of each, with which the code is to come.
 *
 *   node prepare.ts SEEDS.json COOKIES.json
 */

const TEN_MINUTES = 600_000;

const [seedsFile = '', cookiesFile = ''] = process.argv.slice(2);
const seeds: string[] = JSON.parse(await readFile(seedsFile, 'utf8'));
const { runMigrations } = await getMigrations(options);
await runMigrations();
const context = await auth.$context;
const ids = seeds.map((_, index) => `user${String(index).padStart(12, '0')}`);
await insertUsers();
await insertFactors();
await insertPendingSignIns();
await writeFile(cookiesFile, JSON.stringify(await Promise.all(ids.map(cookieOf))));
await pool.end();

async function insertUsers(): Promise<void> {
  await pool.query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", "twoFactorEnabled")
       select id, id, id || '@bench.invalid', true, now(), now(), true from unnest($1::text[]) as id`,
    [ids],
  );
}

async function insertFactors(): Promise<void> {
  // The prefix is for secrets that come from elsewhere, as ours do.
  const sealed = seeds.map((seed) => symmetricEncrypt({ key: context.secretConfig, data: `base32:${seed}` }));
  await pool.query(
    `insert into "twoFactor" (id, secret, "backupCodes", "userId", verified, "failedVerificationCount")
       select 'factor-' || id, secret, '', id, true, 0 from unnest($1::text[], $2::text[]) as given (id, secret)`,
    [ids, await Promise.all(sealed)],
  );
}

async function insertPendingSignIns(): Promise<void> {
  const expiresAt = new Date(Date.now() + TEN_MINUTES);
  await pool.query(
    `insert into verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
       select 'pending-' || id, '2fa-' || id, id, $2::timestamptz, now(), now() from unnest($1::text[]) as id
       union all
       select 'attempts-' || id, '2fa-attempts-2fa-' || id, '0', $2, now(), now() from unnest($1::text[]) as id`,
    [ids, expiresAt],
  );
}

async function cookieOf(id: string): Promise<string> {
  const { name } = context.createAuthCookie('two_factor');
  const value = `2fa-${id}`;
  return `${name}=${encodeURIComponent(`${value}.${await makeSignature(value, context.secret)}`)}`;
}
