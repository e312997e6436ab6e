import type { FastifyReply } from 'fastify';
import type { FactorportError } from '../errors/error.ts';
import type { ItemProblem } from '../import/entry.ts';
import { REASONS } from '../import/reasons.ts';
import { fillText, type Language, type LocalText, preferredLanguage } from '../language.ts';

/** The envelope of every answer, as the v3 document has it. Both codes are JSON integers; typed SDKs fail otherwise. */
export interface Envelope {
  readonly statusCode: number;
  readonly message: string;
  readonly apiCode?: number;
  readonly requestId: string;
  readonly data?: unknown;
}

const SUCCESS: LocalText = { en: 'Success', zh: '操作成功' };

/** `x-authing-lang`, then `accept-language`, then Chinese; an empty header counts as none. */
export function answerLanguage(headers: Readonly<Record<string, string | string[] | undefined>>): Language {
  const read = (name: string) => {
    const value = headers[name];
    return preferredLanguage(Array.isArray(value) ? value[0] : value);
  };
  return read('x-authing-lang') ?? read('accept-language') ?? 'zh';
}

export function successEnvelope(requestId: string, language: Language, data: unknown): Envelope {
  const envelope = { statusCode: 200, message: SUCCESS[language], requestId };
  return data === undefined ? envelope : { ...envelope, data };
}

export function errorEnvelope(error: FactorportError, requestId: string, language: Language): Envelope {
  const { statusCode, apiCode } = error.definition;
  return {
    statusCode,
    message: error.describe(language),
    ...(apiCode === undefined ? {} : { apiCode }),
    requestId,
    ...dataOf(error, language),
  };
}

/**
 * The HTTP status of an answer. Under `/api/v3/` business failures travel in HTTP 200, because the SDKs throw away the
 * body of anything else; throttling and faults are real statuses everywhere, so that monitors see them.
 */
export function httpStatus(path: string, statusCode: number): number {
  const isFault = statusCode === 429 || statusCode === 500 || statusCode === 503;
  return path.startsWith('/api/v3/') && !isFault ? 200 : statusCode;
}

export function sendError(
  reply: FastifyReply,
  error: FactorportError,
  request: { path: string; requestId: string; language: Language; refusalData?: unknown },
): void {
  const told = errorEnvelope(error, request.requestId, request.language);
  const { refusalData } = request;
  const envelope = told.data === undefined && refusalData !== undefined ? { ...told, data: refusalData } : told;
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  reply.code(httpStatus(request.path, envelope.statusCode)).send(envelope);
}

function dataOf(error: FactorportError, language: Language): { data?: unknown } {
  const data = localiseData(error, language);
  return data === undefined ? {} : { data };
}

/** What is wrong with a file can often be mended by an option, which a program asks for if it knows what is wrong. */
function namedRefusal({ code, data }: FactorportError): unknown {
  return { error: code, ...(data as object | undefined) };
}

/** Problems of items get their sentence in the caller's language here, because only here the language is known. */
function localiseData(error: FactorportError, language: Language): unknown {
  if (error.code.startsWith('source_')) return namedRefusal(error);
  if (error.code !== 'import_refused') return error.data;
  const { errors, errorCount } = error.data as { errors: readonly ItemProblem[]; errorCount: number };
  return {
    errors: errors.map(({ index, userId, field, reason, parameters }) => ({
      index,
      ...(userId === undefined ? {} : { userId }),
      field,
      reason,
      message: fillText(REASONS[reason], language, parameters),
    })),
    errorCount,
  };
}
