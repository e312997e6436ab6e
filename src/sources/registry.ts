import { aegis } from './apps/aegis.ts';
import { andotp } from './apps/andotp.ts';
import { bitwarden } from './apps/bitwarden.ts';
import { duoMobile } from './apps/duo-mobile.ts';
import { freeotp } from './apps/freeotp.ts';
import { lastpass } from './apps/lastpass.ts';
import { proton } from './apps/proton.ts';
import { stratum } from './apps/stratum.ts';
import { twoFas } from './apps/two-fas.ts';
import { auth0 } from './auth0.ts';
import { authelia } from './authelia.ts';
import { autheliaCsv } from './authelia-csv.ts';
import { authentik } from './authentik.ts';
import { authing } from './authing.ts';
import { betterAuth } from './better-auth.ts';
import { casdoor } from './casdoor.ts';
import { clerk } from './clerk.ts';
import { csv } from './csv.ts';
import { djangoOtp } from './django-otp.ts';
import { entra } from './entra.ts';
import { fortify } from './fortify.ts';
import { freeipa } from './freeipa.ts';
import { fusionauth } from './fusionauth.ts';
import { googleAuthenticator } from './google-authenticator.ts';
import { keycloak } from './keycloak.ts';
import { kratos } from './kratos.ts';
import { logto } from './logto.ts';
import { oathCsv } from './oath-csv.ts';
import { otpauth } from './otpauth.ts';
import { pskc } from './pskc/pskc.ts';
import { safenet } from './safenet.ts';
import { safeword } from './safeword.ts';
import type { Source } from './source.ts';
import { supertokens } from './supertokens.ts';
import { xlsx } from './xlsx.ts';
import { yubico } from './yubico.ts';
import { zitadel } from './zitadel.ts';

/** Every format that can be read, in the order in which `factorport sources` lists them. */
export const SOURCES: readonly Source[] = [
  authing,
  csv,
  xlsx,
  otpauth,
  entra,
  oathCsv,
  keycloak,
  auth0,
  fusionauth,
  kratos,
  supertokens,
  zitadel,
  logto,
  clerk,
  casdoor,
  djangoOtp,
  authentik,
  betterAuth,
  fortify,
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
