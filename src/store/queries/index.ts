import { accessKeyQueries } from './access-keys.ts';
import { auditChainQueries, auditQueries } from './audit.ts';
import type { QueryContext } from './context.ts';
import { factorQueries } from './factors.ts';
import { importJobQueries } from './import-jobs.ts';
import { importedUserQueries } from './imported-users.ts';
import { nonceQueries } from './nonces.ts';
import { pendingEnrolmentQueries } from './pending-enrolments.ts';
import { poolQueries } from './pools.ts';
import { recoveryCodeQueries } from './recovery-codes.ts';
import { ringKeyQueries } from './ring-keys.ts';
import { rotationQueries } from './rotations.ts';
import { sealedValueQueries } from './sealed-values.ts';
import { timeMarkQueries } from './time-marks.ts';
import { userQueries } from './users.ts';
import { verifiedTokenQueries } from './verified-tokens.ts';

/** Every query of the program, on one connection or transaction. */
export function createQueries(context: QueryContext) {
  return {
    pools: poolQueries(context),
    ringKeys: ringKeyQueries(context),
    rotations: rotationQueries(context),
    sealedValues: sealedValueQueries(context),
    users: userQueries(context),
    factors: factorQueries(context),
    recoveryCodes: recoveryCodeQueries(context),
    accessKeys: accessKeyQueries(context),
    nonces: nonceQueries(context),
    verifiedTokens: verifiedTokenQueries(context),
    pendingEnrolments: pendingEnrolmentQueries(context),
    importJobs: importJobQueries(context),
    importedUsers: importedUserQueries(context),
    timeMarks: timeMarkQueries(context),
    audit: auditQueries(context),
    auditChain: auditChainQueries(context),
    bulk: context.bulk,
  };
}

export type Queries = ReturnType<typeof createQueries>;
