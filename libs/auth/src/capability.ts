/** What a caller may do (contract of the API: read, act on WhatsApp, manage, follow events). */
export const CAPABILITIES = ['read', 'send', 'manage', 'events'] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const SUPER_ADMIN = 'super_admin';

/** What each role of a login JWT may do. An unknown role may do nothing. */
const CAPABILITIES_OF_ROLE: ReadonlyMap<string, readonly Capability[]> = new Map<string, readonly Capability[]>([
  ['owner', CAPABILITIES],
  ['admin', CAPABILITIES],
  ['member', ['read', 'send']],
  [SUPER_ADMIN, CAPABILITIES],
]);

export function capabilitiesOf(roles: readonly string[]): ReadonlySet<Capability> {
  return new Set(roles.flatMap((role) => CAPABILITIES_OF_ROLE.get(role) ?? []));
}

export function isCapability(value: string): value is Capability {
  return (CAPABILITIES as readonly string[]).includes(value);
}
