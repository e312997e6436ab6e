import type { Static, TSchema } from 'typebox';
import type { AccessKey } from '../access/access-keys.ts';
import type { Scope } from '../access/scopes.ts';
import type { Actor } from '../audit/audit-log.ts';
import type { Config } from '../config.ts';
import type { Language, LocalText } from '../language.ts';
import type { Services } from '../services.ts';
import type { ListLimit } from './body.ts';

/** What a handler works with beside its input. */
export interface Call {
  readonly services: Services;
  readonly actor: Actor;
  /** Absent only where the route is public. */
  readonly key: AccessKey;
  readonly language: Language;
  /** Says that the action has left its own audit event, so that the general one is not written. */
  markAudited(): void;
}

/** The largest body of a route, and the setting that raises it, if one does. */
export interface BodyLimit {
  readonly bytes: number;
  readonly setting?: string;
}

/** An endpoint: everything about it in one place, for the server, the OpenAPI document, /docs and the tests. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: LocalText;
  readonly description?: LocalText;
  /** The scope a key needs; `public` where the caller need not say who it is. */
  readonly scope: Scope | 'public';
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
  /** The access key that a success proves, where the body names it and not the headers. */
  provenKey?(input: never): string;
  handle(call: Call, input: never): Promise<unknown>;
}

type TypedRoute<Input extends TSchema> = Omit<Route, 'input' | 'handle' | 'provenKey'> & {
  readonly input: Input;
  provenKey?(input: Static<Input>): string;
  handle(call: Call, input: Static<Input>): Promise<unknown>;
};

/** Ties a route's handler to the type that its schema describes. */
export function defineRoute<Input extends TSchema>(route: TypedRoute<Input>): Route {
  return route;
}
