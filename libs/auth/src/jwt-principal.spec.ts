import { describe, expect, it } from '@jest/globals';
import { principalOf } from './jwt-principal.js';

const CLAIMS = { orgClaim: 'org', roleClaim: 'role' };

function capabilities(role: unknown): string[] {
  return [...(principalOf({ sub: 'u', org: 'acme', role }, CLAIMS)?.capabilities ?? [])];
}

describe('a person', () => {
  it.each([
    ['owner', ['read', 'send', 'manage', 'events']],
    ['admin', ['read', 'send', 'manage', 'events']],
    ['super_admin', ['read', 'send', 'manage', 'events']],
    ['member', ['read', 'send']],
    ['guest', []],
    ['OWNER', []],
    [undefined, []],
    [{ owner: true }, []],
    [
      ['guest', 'member'],
      ['read', 'send'],
    ],
    [
      ['member', 'admin'],
      ['read', 'send', 'manage', 'events'],
    ],
    [[7, null], []],
  ])('with the role %p may %p', (role, expected) => {
    expect(capabilities(role).sort()).toEqual([...expected].sort());
  });

  it('is a super admin by that role alone', () => {
    expect(principalOf({ org: 'acme', role: ['member', 'super_admin'] }, CLAIMS)).toMatchObject({ isSuperAdmin: true });
    expect(principalOf({ org: 'acme', role: 'owner' }, CLAIMS)).toMatchObject({ isSuperAdmin: false });
  });

  it.each([[undefined], [''], [7], [['acme']], [null]])('without an organization (%p) is nobody', (org) => {
    expect(principalOf({ sub: 'u', org, role: 'owner' }, CLAIMS)).toBeUndefined();
  });

  it.each([
    ['organization', { sub: 'u', org: 'ac\0me' }],
    ['organization', { sub: 'u', org: 'acme\ud800' }],
    ['name', { sub: 'u\0', org: 'acme' }],
    ['name', { sub: 7 as never, org: 'acme' }],
  ])('whose %s no database can hold is nobody: %j', (_, payload) => {
    expect(principalOf({ ...payload, role: 'owner' }, CLAIMS)).toBeUndefined();
  });

  it('belongs to the organization that the configured claim names', () => {
    const claims = { orgClaim: 'https://id/tenant', roleClaim: 'roles' };
    const payload = { sub: 'u', org: 'other', 'https://id/tenant': 'acme', roles: ['member'] };
    expect(principalOf(payload, claims)).toMatchObject({
      id: 'u',
      organizationId: 'acme',
      scope: { organizationId: 'acme' },
    });
  });
});
