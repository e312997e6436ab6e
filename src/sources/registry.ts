import { aegis } from './apps/aegis.ts';
import { andotp } from './apps/andotp.ts';
import { bitwarden } from './apps/bitwarden.ts';
import { duoMobile } from './apps/duo-mobile.ts';
import { freeotp } from './apps/freeotp.ts';
import { lastpass } from './apps/lastpass.ts';
import { proton } from './apps/proton.ts';
import { stratum } from './apps/stratum.ts';
import { twoFas } from './apps/two-fas.ts';
import { authelia } from './authelia.ts';
import { autheliaCsv } from './authelia-csv.ts';
import { authing } from './authing.ts';
import { csv } from './csv.ts';
import { entra } from './entra.ts';
import { freeipa } from './freeipa.ts';
import { googleAuthenticator } from './google-authenticator.ts';
import { oathCsv } from './oath-csv.ts';
import { otpauth } from './otpauth.ts';
import { pskc } from './pskc/pskc.ts';
import { safenet } from './safenet.ts';
import { safeword } from './safeword.ts';
import type { Source } from './source.ts';
import { xlsx } from './xlsx.ts';
import { yubico } from './yubico.ts';

/** Every format that can be read, in the order in which `factorport sources` lists them. */
export const SOURCES: readonly Source[] = [
  authing,
  csv,
  xlsx,
  otpauth,
  entra,
  oathCsv,
  pskc,
  safenet,
  safeword,
  yubico,
  authelia,
  autheliaCsv,
  freeipa,
  googleAuthenticator,
  aegis,
  twoFas,
  bitwarden,
  andotp,
  freeotp,
  stratum,
  proton,
  lastpass,
  duoMobile,
];

/** @returns `undefined` where no source has the name; case and space around it are ignored */
export function findSource(name: string): Source | undefined {
  const wanted = name.trim().toLowerCase();
  return SOURCES.find((source) => source.name === wanted);
}
