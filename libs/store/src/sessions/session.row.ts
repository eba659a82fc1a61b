import type { DesiredState, SessionRecord, SessionStatus } from './session.record.js';

export interface SessionRow {
  id: string;
  organization_id: string;
  label: string | null;
  desired: DesiredState;
  status: SessionStatus;
  status_reason: string | null;
  next_retry_at: number | null;
  phone_number: string | null;
  wa_jid: string | null;
  wa_lid: string | null;
  rate_per_min: number;
  rate_per_hour: number;
  created_by: string | null;
  last_connected_at: number | null;
  groups_synced_at: number | null;
  created_at: number;
  updated_at: number;
}

const NAMES = [
  'id',
  'organization_id',
  'label',
  'desired',
  'status',
  'status_reason',
  'next_retry_at',
  'phone_number',
  'wa_jid',
  'wa_lid',
  'rate_per_min',
  'rate_per_hour',
  'created_by',
  'last_connected_at',
  'groups_synced_at',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof SessionRow)[];

export const SESSION_COLUMNS = NAMES.join(', ');

export function toSessionRecord(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    label: row.label ?? undefined,
    desired: row.desired,
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    nextRetryAt: row.next_retry_at ?? undefined,
    phoneNumber: row.phone_number ?? undefined,
    waJid: row.wa_jid ?? undefined,
    waLid: row.wa_lid ?? undefined,
    ratePerMin: row.rate_per_min,
    ratePerHour: row.rate_per_hour,
    createdBy: row.created_by ?? undefined,
    lastConnectedAt: row.last_connected_at ?? undefined,
    groupsSyncedAt: row.groups_synced_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
