import type { LocalText } from '../language.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { Seed } from '../otp/seed.ts';

/** One user's factor, opened: in clear, so it must not live long. */
export interface ExportedFactor {
  readonly userId: string;
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  /** HOTP: the next counter that may be accepted; 0 for TOTP. */
  readonly counter: number;
}

/** Writes one file: the head, each item, the tail. */
export interface ExportWriter {
  head(): string;
  /** @returns `undefined` where the format cannot hold the user id exactly */
  item(factor: ExportedFactor): string | undefined;
  tail(): string;
}

/** A format that factors are exported in: all of them are in the registry, and a source reads each back. */
export interface ExportFormat {
  readonly name: string;
  readonly title: LocalText;
  /** Whether whoever has the file needs a password, too. */
  readonly isEncrypted: boolean;
  /** @param password for encrypted formats, not empty; empty for the others */
  createWriter(password: string): ExportWriter | Promise<ExportWriter>;
}
