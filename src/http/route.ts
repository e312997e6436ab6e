import type { Static, TSchema } from 'typebox';
import type { AccessKey } from '../access/access-keys.ts';
import type { Scope } from '../access/scopes.ts';
import type { UserCaller } from '../access/user-authenticator.ts';
import type { Actor } from '../audit/audit-log.ts';
import type { Config } from '../config.ts';
import type { Language, LocalText } from '../language.ts';
import type { Services } from '../services.ts';
import type { ListLimit } from './body.ts';

/** What every handler works with beside its input. */
export interface PublicCall {
  readonly services: Services;
  readonly actor: Actor;
  readonly language: Language;
  /** Aborted when the client has gone away or the service stops. */
  readonly signal: AbortSignal;
  /** The body on its way, for routes that take one so. */
  readonly upload?: IncomingUpload | undefined;
  /** Says that the action has left its own audit event, so that the general one is not written. */
  markAudited(): void;
}

/** A call with an access key. */
export interface Call extends PublicCall {
  readonly key: AccessKey;
}

/** A call by a user for themselves: whatever it does, it does to this user. */
export interface UserCall extends PublicCall {
  readonly user: UserCaller;
}

/** A body that is taken as it comes, and not parsed. */
export interface IncomingUpload {
  readonly contentType: string;
  /** As the client announces it; `undefined` where it does not. */
  readonly announcedBytes: number | undefined;
  /** @throws `upload_incomplete` */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** An answer that is no envelope but pieces of text. */
export interface StreamedAnswer {
  readonly contentType: string;
  readonly pieces: AsyncIterable<string>;
}

/** The largest body of a route, and the setting that raises it, if one does. */
export interface BodyLimit {
  readonly bytes: number;
  readonly setting?: string;
}

interface Description {
  readonly method: 'GET' | 'POST';
  /** With `:name` for what is part of the input and stands in the path. */
  readonly path: string;
  /** Members of the input that come as headers of that name, which is in lower case. */
  readonly headers?: readonly string[];
  readonly summary: LocalText;
  readonly description?: LocalText;
  readonly input: TSchema;
  /** What stands in `data` of a success. */
  readonly output?: TSchema;
  /** Larger bodies are refused; 1 MiB where this is absent. */
  readonly bodyLimit?: (config: Config) => BodyLimit;
  /** The longest list that the body may hold; without one only its size is limited. */
  readonly listLimit?: (config: Config) => ListLimit;
  /** What every refusal of the route has for `data`, unless it has something to say itself. */
  readonly refusalData?: Readonly<Record<string, unknown>>;
  /** Whether the handler checks the members of the body itself, because it tells every problem and not only the first. */
  readonly checksItself?: boolean;
  /**
   * The content type of a success that is no envelope but a stream: the handler then gives pieces of text. Where there are
   * several, it gives a {@link StreamedAnswer} that says which, or what stands in the envelope.
   */
  readonly stream?: string | readonly string[];
  /**
   * The body is no JSON but a file, which the handler reads as it comes: its schema for each content type. The other members
   * of the input come from the query. A signature would cover the body, so only tokens are taken.
   */
  readonly upload?: Readonly<Record<string, TSchema>>;
}

/** For callers with an access key that has the scope. */
export interface KeyRoute extends Description {
  readonly scope: Scope;
  handle(call: Call, input: never): Promise<unknown>;
}

/** For users, by a token that names them. */
export interface UserRoute extends Description {
  readonly scope: 'user';
  handle(call: UserCall, input: never): Promise<unknown>;
}

/** For callers who need not say who they are. */
export interface PublicRoute extends Description {
  readonly scope: 'public';
  /** The access key that a success proves, where the body names it and not the headers. */
  provenKey?(input: never): string;
  handle(call: PublicCall, input: never): Promise<unknown>;
}

/** An endpoint: everything about it in one place, for the server, the OpenAPI document, /docs and the tests. */
export type Route = KeyRoute | UserRoute | PublicRoute;

type Typed<Kind extends Route, Input extends TSchema> = Omit<Kind, 'input' | 'handle'> & {
  readonly input: Input;
  handle(call: Parameters<Kind['handle']>[0], input: Static<Input>): Promise<unknown>;
};

/** Ties a route's handler to the type that its schema describes. */
export function defineRoute<Input extends TSchema>(route: Typed<KeyRoute, Input>): KeyRoute {
  return route;
}

/** {@link defineRoute} for a route whose caller is a user. */
export function defineUserRoute<Input extends TSchema>(route: Typed<UserRoute, Input>): UserRoute {
  return route;
}

/** {@link defineRoute} for a route that anybody may call. */
export function definePublicRoute<Input extends TSchema>(
  route: Omit<Typed<PublicRoute, Input>, 'provenKey'> & { provenKey?(input: Static<Input>): string },
): PublicRoute {
  return route;
}
