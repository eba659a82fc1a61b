import { type Capability, containsNetwork, type Principal } from '#auth';
import { ForbiddenError } from '#errors';

/** What a key is limited to; each list or moment that is left out limits nothing. */
export interface KeyLimits {
  capabilities: Capability[];
  sessionIds?: string[];
  allowedCidrs?: string[];
  expiresAt?: number;
}

type Creator = Pick<Principal, 'capabilities' | 'sessionIds' | 'allowedCidrs' | 'expiresAt'>;

/**
 * The limits of a new key: those that are wanted, and where nothing is said those of the creator. Throws `ForbiddenError`
 * (`exceeds_creator`) naming what goes beyond the creator.
 */
export function limitsFor(creator: Creator, wanted: KeyLimits): KeyLimits {
  const capabilities = wanted.capabilities.filter((one) => !creator.capabilities.has(one));
  if (capabilities.length > 0) throw exceeds({ capabilities });

  const sessionIds = beyond(wanted.sessionIds, creator.sessionIds, (session, own) => session === own);
  if (sessionIds.length > 0) throw exceeds({ sessionIds });

  const allowedCidrs = beyond(wanted.allowedCidrs, creator.allowedCidrs, (cidr, own) => containsNetwork(own, cidr));
  if (allowedCidrs.length > 0) throw exceeds({ allowedCidrs });

  const expiresAt = wanted.expiresAt ?? creator.expiresAt;
  if ((expiresAt ?? 0) > (creator.expiresAt ?? Infinity)) throw exceeds({ expiresAt });

  return {
    capabilities: wanted.capabilities,
    sessionIds: wanted.sessionIds ?? copy(creator.sessionIds),
    allowedCidrs: wanted.allowedCidrs ?? copy(creator.allowedCidrs),
    expiresAt,
  };
}

/** The items of `wanted` that no item of `allowed` covers. */
function beyond(
  wanted: readonly string[] | undefined,
  allowed: readonly string[] | undefined,
  covers: (item: string, by: string) => boolean,
): string[] {
  if (!wanted || !allowed) return [];
  return wanted.filter((item) => !allowed.some((by) => covers(item, by)));
}

function copy(items: readonly string[] | undefined): string[] | undefined {
  return items && [...items];
}

function exceeds(details: Partial<KeyLimits>): ForbiddenError {
  return new ForbiddenError('exceeds_creator', 'a key cannot be granted more than its creator has', { ...details });
}
