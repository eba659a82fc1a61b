import type { ApiKeyRecord } from './api-key.record.js';

export interface ApiKeyRow {
  id: string;
  organization_id: string;
  name: string;
  capabilities: string[];
  secret_hash: Buffer;
  session_ids: string[] | null;
  allowed_cidrs: string[] | null;
  expires_at: number | null;
  created_by: string | null;
  created_at: number;
  last_used_at: number | null;
}

export const API_KEY_COLUMNS = `id, organization_id, name, capabilities, secret_hash, session_ids, allowed_cidrs,
  expires_at, created_by, created_at, last_used_at`;

export function toApiKeyRecord(row: ApiKeyRow): ApiKeyRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    capabilities: row.capabilities,
    secretHash: row.secret_hash,
    sessionIds: row.session_ids ?? undefined,
    allowedCidrs: row.allowed_cidrs ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
