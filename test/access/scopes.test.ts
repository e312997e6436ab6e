import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRANTABLE_BY_ALL, parseScopes, SCOPES } from '../../src/access/scopes.ts';

describe('parseScopes', () => {
  it('never gives otp:read-secret for "all", however it is written', () => {
    const names = fc.array(fc.constantFrom('all', ...GRANTABLE_BY_ALL), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, fc.constantFrom(' ', ',', ', ', '\n'), (list, separator) => {
        const parsed = parseScopes(list.join(separator));
        expect(parsed).not.toHaveProperty('unknown');
        expect('scopes' in parsed && parsed.scopes).not.toContain('otp:read-secret');
      }),
    );
    expect(parseScopes('all')).toEqual({ scopes: [...GRANTABLE_BY_ALL] });
  });

  it('gives otp:read-secret to whoever names it, beside "all" too', () => {
    expect(parseScopes('otp:read-secret')).toEqual({ scopes: ['otp:read-secret'] });
    expect(parseScopes('all,otp:read-secret')).toEqual({ scopes: [...SCOPES] });
  });

  it('knows every scope but one as part of "all"', () => {
    expect(SCOPES.filter((scope) => !(GRANTABLE_BY_ALL as readonly string[]).includes(scope))).toEqual([
      'otp:read-secret',
    ]);
  });

  it('gives each scope once, in one order, and reads back what it gave', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SCOPES)), (list) => {
        const scopes = SCOPES.filter((scope) => list.includes(scope));
        expect(parseScopes(list.join(' '))).toEqual({ scopes });
        expect(parseScopes(scopes.join(' '))).toEqual({ scopes });
      }),
    );
  });

  it('refuses a list with an unknown name, and says which', () => {
    for (const name of [
      'ALL',
      'otp:*',
      'otp',
      'otp:import:',
      'admin',
      '__proto__',
      'constructor',
      'otp:read-secrets',
    ]) {
      expect(parseScopes(`otp:import ${name}`)).toEqual({ unknown: name });
    }
  });

  it('gives nothing for an empty text', () => {
    for (const text of ['', ' ', ',,', '\n']) expect(parseScopes(text)).toEqual({ scopes: [] });
  });
});
