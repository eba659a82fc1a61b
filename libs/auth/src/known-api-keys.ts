import { LRUCache } from 'lru-cache';
import { Networks } from './networks.js';
import { API_KEYS_CHANNEL, type ApiKeyRecord, type ApiKeyRepository, type Wakeups } from '#store';
import { isCapability } from './capability.js';
import type { Principal } from './principal.js';

/** A stored api-key, ready to be compared with what callers present. */
export interface KnownKey {
  secretHash: Buffer;
  principal: Principal;
  networks?: Networks;
}

const LONGEST_MS = 60_000;
/** While nobody tells of revocations; that this is so is noticed within as much again. */
const LONGEST_UNTOLD_MS = 450;
const MOST = 10_000;

interface Remembered {
  key: KnownKey;
  /** When the store was asked for it; on a clock that nobody sets. */
  askedAt: number;
}

/**
 * The api-keys seen of late: a warm one costs no query. One that is deleted is forgotten at once, in whichever process
 * that was; while the database does not tell of it, none is relied on for as much as a second.
 */
export class KnownApiKeys {
  private readonly known = new LRUCache<string, Remembered>({ max: MOST, ttl: LONGEST_MS });
  private drops = 0;

  constructor(
    private readonly repository: Pick<ApiKeyRepository, 'findById'>,
    private readonly wakeups: Pick<Wakeups, 'on' | 'isListening'>,
  ) {
    wakeups.on(API_KEYS_CHANNEL, (id) => this.drop(id === '' ? undefined : id));
  }

  async find(id: string): Promise<KnownKey | undefined> {
    const known = this.known.get(id);
    if (known && this.isGood(known)) return known.key;
    const dropsBefore = this.drops;
    const askedAt = performance.now();
    const record = await this.repository.findById(id);
    if (!record) {
      this.known.delete(id);
      return undefined;
    }
    const key = knownKey(record);
    // What was read before a deletion must not outlive it.
    if (this.drops === dropsBefore) this.known.set(id, { key, askedAt });
    return key;
  }

  /** All of them without an id. */
  drop(id?: string): void {
    this.drops += 1;
    if (id === undefined) this.known.clear();
    else this.known.delete(id);
  }

  private isGood({ askedAt }: Remembered): boolean {
    return this.wakeups.isListening || performance.now() - askedAt < LONGEST_UNTOLD_MS;
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
