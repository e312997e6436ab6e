import type { Route } from '../route.ts';
import { createAccessKey, deleteAccessKey, getAccessKey, listAccessKeys, updateAccessKey } from './access-keys.ts';
import { exportAuditEvents, listAuditEvents } from './audit.ts';
import { deleteUsersBatch, updateUser } from './change-users.ts';
import { createImportJob } from './create-import-job.ts';
import { createUser, createUsersBatch } from './create-users.ts';
import { enrollFactor, sendEnrollFactorRequest } from './enrol-factor.ts';
import { exportFactors } from './export.ts';
import {
  confirmFactor,
  getFactorState,
  issueRecoveryCodes,
  resetFactorOfUser,
  resyncFactor,
  unlockFactor,
} from './factors.ts';
import { getManagementToken } from './get-management-token.ts';
import { getOtpSecretByUser } from './get-otp-secret-by-user.ts';
import { getUserMfaInfo } from './get-user-mfa-info.ts';
import { getImportJobReport, watchImportJob } from './import-job-report.ts';
import {
  cancelImportJob,
  getImportJob,
  inspectImportJob,
  listImportJobs,
  proveImportJob,
  resumeImportJob,
  runImportJob,
  undoImportJob,
} from './import-jobs.ts';
import { importOtp } from './import-otp.ts';
import { listUsers, listUsersByQuery } from './list-users.ts';
import { createMfaToken, introspectMfaToken } from './mfa-tokens.ts';
import { mfaTotpVerify } from './mfa-totp-verify.ts';
import { getFactor, listEnrolledFactors, listFactorsToEnroll, resetFactor } from './own-factors.ts';
import { getUser, getUserBatch, isUserExists } from './read-users.ts';
import { getVaultStatus, rotateVault } from './vault.ts';
import { verifyOtp } from './verify-otp.ts';

/** Every endpoint of the API, in the order in which /docs shows them. */
export const ROUTES: readonly Route[] = [
  importOtp,
  createImportJob,
  listImportJobs,
  getImportJob,
  inspectImportJob,
  proveImportJob,
  runImportJob,
  watchImportJob,
  getImportJobReport,
  cancelImportJob,
  resumeImportJob,
  undoImportJob,
  verifyOtp,
  getFactorState,
  confirmFactor,
  unlockFactor,
  resyncFactor,
  issueRecoveryCodes,
  resetFactorOfUser,
  getOtpSecretByUser,
  exportFactors,
  getUserMfaInfo,
  getManagementToken,
  createUser,
  createUsersBatch,
  getUser,
  getUserBatch,
  listUsers,
  listUsersByQuery,
  isUserExists,
  updateUser,
  deleteUsersBatch,
  createAccessKey,
  listAccessKeys,
  getAccessKey,
  updateAccessKey,
  deleteAccessKey,
  createMfaToken,
  introspectMfaToken,
  mfaTotpVerify,
  sendEnrollFactorRequest,
  enrollFactor,
  listEnrolledFactors,
  getFactor,
  listFactorsToEnroll,
  resetFactor,
  listAuditEvents,
  exportAuditEvents,
  getVaultStatus,
  rotateVault,
];
