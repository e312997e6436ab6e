import { accessKeyQueries } from './access-keys.ts';
import { auditQueries } from './audit.ts';
import type { QueryContext } from './context.ts';
import { factorQueries } from './factors.ts';
import { nonceQueries } from './nonces.ts';
import { poolQueries } from './pools.ts';
import { ringKeyQueries } from './ring-keys.ts';
import { rotationQueries } from './rotations.ts';
import { sealedValueQueries } from './sealed-values.ts';
import { userQueries } from './users.ts';

/** Every query of the program, on one connection or transaction. */
export function createQueries(context: QueryContext) {
  return {
    pools: poolQueries(context),
    ringKeys: ringKeyQueries(context),
    rotations: rotationQueries(context),
    sealedValues: sealedValueQueries(context),
    users: userQueries(context),
    factors: factorQueries(context),
    accessKeys: accessKeyQueries(context),
    nonces: nonceQueries(context),
    audit: auditQueries(context),
    bulk: context.bulk,
  };
}

export type Queries = ReturnType<typeof createQueries>;
