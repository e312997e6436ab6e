import type { TSchema } from 'typebox';
import type { Route } from './route.ts';

/** Where a member of a route's input comes from. */
export type Place = 'path' | 'header' | 'query' | 'body';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
}

type Placed = Pick<Route, 'method' | 'path' | 'input' | 'headers' | 'upload'>;

/** The names that a path like `/jobs/:jobId/run` leaves open. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
}

/** The path in the way of OpenAPI: `/jobs/{jobId}/run`. */
export function pathTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

export function placeOf(route: Placed, name: string): Place {
  if (pathParameters(route.path).includes(name)) return 'path';
  if (route.headers?.includes(name)) return 'header';
  return route.method === 'GET' || route.upload !== undefined ? 'query' : 'body';
}

/** The part of the input's schema whose members come from one place. */
export function schemaOfPlace(route: Placed, place: Place): TSchema {
  const { properties = {}, ...rest } = route.input as ObjectSchema & { required?: readonly string[] };
  const kept = Object.entries(properties).filter(([name]) => placeOf(route, name) === place);
  const required = rest.required?.filter((name) => placeOf(route, name) === place);
  return { ...rest, properties: Object.fromEntries(kept), ...(required === undefined ? {} : { required }) } as TSchema;
}
