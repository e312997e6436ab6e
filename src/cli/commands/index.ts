import type { Command } from '../command.ts';
import { auditExport, auditList } from './audit.ts';
import { auditVerify } from './audit-verify.ts';
import { clockReset } from './clock.ts';
import { doctor } from './doctor.ts';
import { exportFactors } from './export.ts';
import { factorRecoveryCodes, factorReset, factorResync, factorShow, factorUnlock } from './factor.ts';
import { generate } from './generate.ts';
import { importFile } from './import.ts';
import {
  importCancel,
  importJobsList,
  importReport,
  importResume,
  importRun,
  importShow,
  importUndo,
} from './import-jobs.ts';
import { keysCreate, keysDelete, keysDisable, keysList } from './keys.ts';
import { migrate } from './migrate.ts';
import { serve } from './serve.ts';
import { sources } from './sources.ts';
import { usersCreate, usersDelete, usersList } from './users.ts';
import { vaultChangeMasterKey, vaultRotate, vaultStatus } from './vault.ts';
import { verify } from './verify.ts';

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  serve,
  keysCreate,
  keysList,
  keysDisable,
  keysDelete,
  usersCreate,
  usersList,
  usersDelete,
  verify,
  factorShow,
  factorUnlock,
  factorResync,
  factorRecoveryCodes,
  factorReset,
  auditList,
  auditExport,
  auditVerify,
  vaultStatus,
  vaultRotate,
  vaultChangeMasterKey,
  importFile,
  importJobsList,
  importShow,
  importReport,
  importResume,
  importRun,
  importCancel,
  importUndo,
  sources,
  exportFactors,
  generate,
  doctor,
  clockReset,
  migrate,
];
