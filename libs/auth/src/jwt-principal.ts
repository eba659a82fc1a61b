import type { JWTPayload } from 'jose';
import type { JwtConfig } from '#config';
import { isStorable } from '#http';
import { capabilitiesOf, SUPER_ADMIN } from './capability.js';
import type { Principal } from './principal.js';

/**
 * The person that a verified token names; `undefined` when it does not say to which organization they belong, or names
 * either in a way that cannot be stored.
 */
export function principalOf(
  payload: JWTPayload,
  { orgClaim, roleClaim }: Pick<JwtConfig, 'orgClaim' | 'roleClaim'>,
): Principal | undefined {
  const organizationId = payload[orgClaim];
  if (typeof organizationId !== 'string' || organizationId === '') return undefined;
  const { sub = '' } = payload;
  if (![organizationId, sub].every(isStorable)) return undefined;
  const validUntil = payload.exp === undefined ? undefined : payload.exp * 1_000;
  return personOf({ id: sub, organizationId, roles: rolesOf(payload[roleClaim]), validUntil });
}

/** What a login token says of its person. */
export type Person = Pick<Principal, 'id' | 'organizationId' | 'roles' | 'validUntil'>;

export function personOf({ id, organizationId, roles, validUntil }: Person): Principal {
  return {
    kind: 'jwt',
    id,
    organizationId,
    capabilities: capabilitiesOf(roles),
    roles,
    isSuperAdmin: roles.includes(SUPER_ADMIN),
    scope: { organizationId },
    validUntil,
  };
}

function rolesOf(claim: unknown): string[] {
  const roles: unknown[] = Array.isArray(claim) ? claim : [claim];
  return roles.filter((role) => typeof role === 'string');
}
