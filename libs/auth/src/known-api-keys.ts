import { LRUCache } from 'lru-cache';
import { Networks } from './networks.js';
import type { ApiKeyRecord, ApiKeyRepository } from '#store';
import { isCapability } from './capability.js';
import type { Principal } from './principal.js';

/** A stored api-key, ready to be compared with what callers present. */
export interface KnownKey {
  secretHash: Buffer;
  principal: Principal;
  networks?: Networks;
}

const LONGEST_MS = 60_000;
const MOST = 10_000;

/** The api-keys seen of late: a warm one costs no query. What is deleted through this process is forgotten at once. */
export class KnownApiKeys {
  private readonly known = new LRUCache<string, KnownKey>({ max: MOST, ttl: LONGEST_MS });
  private drops = 0;

  constructor(private readonly repository: Pick<ApiKeyRepository, 'findById'>) {}

  async find(id: string): Promise<KnownKey | undefined> {
    const known = this.known.get(id);
    if (known) return known;
    const dropsBefore = this.drops;
    const record = await this.repository.findById(id);
    if (!record) return undefined;
    const found = knownKey(record);
    // What was read before a deletion must not outlive it.
    if (this.drops === dropsBefore) this.known.set(id, found);
    return found;
  }

  drop(id: string): void {
    this.drops += 1;
    this.known.delete(id);
  }
}

function knownKey({ secretHash, ...record }: ApiKeyRecord): KnownKey {
  const { id, organizationId, sessionIds, allowedCidrs, expiresAt } = record;
  return {
    secretHash,
    networks: allowedCidrs && new Networks(allowedCidrs),
    principal: {
      kind: 'api-key',
      id,
      organizationId,
      capabilities: new Set(record.capabilities.filter(isCapability)),
      roles: [],
      isSuperAdmin: false,
      scope: { organizationId, ...(sessionIds && { sessionIds }) },
      sessionIds,
      allowedCidrs,
      expiresAt,
      validUntil: expiresAt,
    },
  };
}
