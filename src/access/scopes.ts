/** What `all` stands for. */
export const GRANTABLE_BY_ALL = [
  'otp:import',
  'otp:verify',
  'users:read',
  'users:write',
  'keys:manage',
  'audit:read',
  'factors:manage',
  'tokens:issue',
  'vault:manage',
] as const;

/** Reading a seed back is never part of `all`: a key gets it only by name. */
export const SCOPES = [...GRANTABLE_BY_ALL, 'otp:read-secret'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Reads scope names separated by spaces or commas; `all` stands for every scope but `otp:read-secret`.
 *
 * @returns the scopes in their usual order, or the first name that is none
 */
export function parseScopes(text: string): { scopes: readonly Scope[] } | { unknown: string } {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const found = new Set<Scope>();
  for (const name of names) {
    if (name === 'all') for (const scope of GRANTABLE_BY_ALL) found.add(scope);
    else if (isScope(name)) found.add(name);
    else return { unknown: name };
  }
  return { scopes: SCOPES.filter((scope) => found.has(scope)) };
}

function isScope(name: string): name is Scope {
  return (SCOPES as readonly string[]).includes(name);
}
