import { fillText, type Language, type TextParameters } from '../language.ts';
import { ERRORS, type ErrorCode, type ErrorDefinition } from './table.ts';

interface ErrorOptions {
  readonly parameters?: TextParameters;
  /** What the answer carries as `data`, secrets never among it. */
  readonly data?: unknown;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** The one error that the program throws on purpose. `message` is for the log; {@link describe} is for the caller. */
export class FactorportError extends Error {
  override readonly name = 'FactorportError';
  readonly code: ErrorCode;
  readonly parameters: TextParameters;
  readonly data: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(fillText(ERRORS[code], 'en', options.parameters), { cause: options.cause });
    this.code = code;
    this.parameters = options.parameters ?? {};
    this.data = options.data;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get definition(): ErrorDefinition {
    return ERRORS[this.code];
  }

  describe(language: Language): string {
    return fillText(this.definition, language, this.parameters);
  }
}
