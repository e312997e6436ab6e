import { authelia } from './authelia.ts';
import { authing } from './authing.ts';
import { freeipa } from './freeipa.ts';
import { googleAuthenticator } from './google-authenticator.ts';
import { otpauth } from './otpauth.ts';
import type { Source } from './source.ts';

/** Every format that can be read, in the order in which `factorport sources` lists them. */
export const SOURCES: readonly Source[] = [authing, otpauth, authelia, freeipa, googleAuthenticator];

/** @returns `undefined` where no source has the name; case and space around it are ignored */
export function findSource(name: string): Source | undefined {
  const wanted = name.trim().toLowerCase();
  return SOURCES.find((source) => source.name === wanted);
}
