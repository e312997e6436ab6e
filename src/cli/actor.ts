import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Actor } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Services } from '../services.ts';
import type { Invocation } from './command.ts';
import { TEXTS } from './texts.ts';

/** The option by which a command says in which pool it works. */
export const POOL_OPTION = { pool: { type: 'string', placeholder: 'ID', text: TEXTS.pool } } as const;

/** Who the audit log names for what is done on the command line: the account, and the machine in place of an address. */
export async function cliActor(services: Services, invocation: Invocation): Promise<Actor> {
  const poolId = invocation.option('pool') ?? services.defaultPool.pool_id;
  if (!(await services.hasPool(poolId))) throw new FactorportError('pool_not_found');
  return { poolId, id: `cli:${userInfo().username}`, address: hostname(), requestId: randomUUID() };
}
