import type { Command } from '../command.ts';
import { doctor } from './doctor.ts';
import { keysCreate, keysDelete, keysDisable, keysList } from './keys.ts';
import { migrate } from './migrate.ts';
import { serve } from './serve.ts';
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
  vaultStatus,
  vaultRotate,
  vaultChangeMasterKey,
  doctor,
  migrate,
];
