import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Capability, SUPER_ADMIN } from './capability.js';

/** What a route asks of its caller. */
export type Requirement =
  | { kind: 'public' }
  | { kind: 'capability'; anyOf: readonly Capability[]; by?: 'ticket' }
  | { kind: 'role'; role: typeof SUPER_ADMIN };

export const REQUIREMENT = 'gateway:requirement';

/** Names of the security schemes in OpenAPI. */
export const BEARER_SCHEME = 'bearer';
export const API_KEY_SCHEME = 'api-key';
export const TICKET_SCHEME = 'ticket';

/** The caller needs one of these capabilities; the guard and OpenAPI read it from here. */
export function Requires(...anyOf: [Capability, ...Capability[]]): MethodDecorator {
  return requirement(
    { kind: 'capability', anyOf },
    ApiBearerAuth(BEARER_SCHEME),
    ApiSecurity(API_KEY_SCHEME),
    ApiExtension('x-required-capability', anyOf),
  );
}

/** As `Requires`, of whoever the ticket in the query was issued to. No other credential is looked at. */
export function RequiresTicket(...anyOf: [Capability, ...Capability[]]): MethodDecorator {
  return requirement(
    { kind: 'capability', anyOf, by: 'ticket' },
    ApiSecurity(TICKET_SCHEME),
    ApiExtension('x-required-capability', anyOf),
  );
}

/** Only a person with this platform role: an api-key never passes. */
export function RequiresRole(role: typeof SUPER_ADMIN): MethodDecorator {
  return requirement({ kind: 'role', role }, ApiBearerAuth(BEARER_SCHEME), ApiExtension('x-required-role', role));
}

/** Open to everyone: no credential is looked at. */
export function Public(): MethodDecorator {
  return requirement({ kind: 'public' });
}

function requirement(value: Requirement, ...documentation: MethodDecorator[]): MethodDecorator {
  return applyDecorators(SetMetadata(REQUIREMENT, value), ...documentation);
}
