/** Times are epoch milliseconds. */
export interface ApiKeyRecord {
  /** `key_<ulid>`. */
  id: string;
  organizationId: string;
  name: string;
  capabilities: string[];
  /** SHA-256 of the secret. Never leaves the gateway. */
  secretHash: Buffer;
  /** The sessions that exist for this key; absent: every session of the organization. */
  sessionIds?: string[];
  allowedCidrs?: string[];
  expiresAt?: number;
  createdBy?: string;
  createdAt: number;
  lastUsedAt?: number;
}

export interface NewApiKey {
  organizationId: string;
  name: string;
  capabilities: readonly string[];
  secretHash: Buffer;
  sessionIds?: readonly string[];
  allowedCidrs?: readonly string[];
  expiresAt?: number;
  createdBy?: string;
  /** Made unless given: the secret may have to name it before the row exists. */
  id?: string;
}
