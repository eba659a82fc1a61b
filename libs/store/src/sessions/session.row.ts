import type {
  DesiredState,
  SessionRecord,
  SessionSettingsPatch,
  SessionStatePatch,
  SessionStatus,
} from './session.record.js';

type SessionPatch = SessionSettingsPatch & SessionStatePatch;

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

const PATCHED: Readonly<Record<keyof SessionPatch, keyof SessionRow>> = {
  label: 'label',
  desired: 'desired',
  status: 'status',
  statusReason: 'status_reason',
  nextRetryAt: 'next_retry_at',
  phoneNumber: 'phone_number',
  waJid: 'wa_jid',
  waLid: 'wa_lid',
  ratePerMin: 'rate_per_min',
  ratePerHour: 'rate_per_hour',
  lastConnectedAt: 'last_connected_at',
  groupsSyncedAt: 'groups_synced_at',
};

/** What a patch may change. */
export const PATCHED_COLUMNS = Object.values(PATCHED);

/** What a patch changes, by column: an object for JSON. */
export function columnsOf(patch: SessionPatch): Partial<Record<keyof SessionRow, unknown>> {
  const names = Object.keys(patch) as (keyof SessionPatch)[];
  return Object.fromEntries(names.map((name) => [PATCHED[name], patch[name]]));
}
