export type SessionStatus = 'stopped' | 'starting' | 'scan_qr_code' | 'working' | 'failed' | 'logged_out';
export type DesiredState = 'running' | 'stopped';

/** Times are epoch milliseconds. */
export interface SessionRecord {
  id: string;
  organizationId: string;
  label?: string;
  /** What was asked for; `status` is how far it got. */
  desired: DesiredState;
  status: SessionStatus;
  statusReason?: string;
  nextRetryAt?: number;
  /** Digits. */
  phoneNumber?: string;
  waJid?: string;
  waLid?: string;
  /** Live actions, not reads. */
  ratePerMin: number;
  ratePerHour: number;
  createdBy?: string;
  lastConnectedAt?: number;
  groupsSyncedAt?: number;
  createdAt: number;
  updatedAt: number;
}

export interface NewSession {
  organizationId: string;
  label?: string;
  createdBy?: string;
}

/** `null` clears the label. */
export interface SessionSettingsPatch {
  label?: string | null;
  ratePerMin?: number;
  ratePerHour?: number;
}

/** `null` clears; what is absent stays. */
export interface SessionStatePatch {
  desired?: DesiredState;
  status?: SessionStatus;
  statusReason?: string | null;
  nextRetryAt?: number | null;
  phoneNumber?: string | null;
  waJid?: string | null;
  waLid?: string | null;
  lastConnectedAt?: number | null;
  groupsSyncedAt?: number | null;
}
