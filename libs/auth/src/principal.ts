import type { TenantScope } from '#store';
import type { Capability } from './capability.js';

/** Who calls: a person with a login JWT, or a script with an api-key. */
export interface Principal {
  readonly kind: 'jwt' | 'api-key';
  /** The person's `sub`, or the id of the key (`key_…`). */
  readonly id: string;
  readonly organizationId: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Empty for an api-key. */
  readonly roles: readonly string[];
  readonly isSuperAdmin: boolean;
  /** What every query of tenant data is filtered by. */
  readonly scope: TenantScope;
  /** When set, only these sessions exist for the caller. */
  readonly sessionIds?: readonly string[];
  /** When set, the key is good from these networks only. */
  readonly allowedCidrs?: readonly string[];
  /** Epoch milliseconds at which an api-key ends; what it makes ends no later. */
  readonly expiresAt?: number;
  /** Epoch milliseconds at which what was presented is accepted no longer: the end of the key, or of the token. */
  readonly validUntil?: number;
}
