import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('sessions')
@Unique('sessions_label_key', ['organizationId', 'label'])
@Index('sessions_organization_idx', ['organizationId', 'id'])
@Index('sessions_running_idx', ['id'], { where: `"desired" = 'running'` })
@Check('sessions_desired_check', `"desired" in ('running', 'stopped')`)
@Check(
  'sessions_status_check',
  `"status" in ('stopped', 'starting', 'scan_qr_code', 'working', 'failed', 'logged_out')`,
)
export class SessionEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Column('text', { name: 'organization_id' })
  organizationId: string;

  @Column('text', { nullable: true })
  label: string | null;

  /** What the operator asked for; `status` is how far it got. */
  @Column('text', { default: 'stopped' })
  desired: string;

  @Column('text', { default: 'stopped' })
  status: string;

  @Column('text', { name: 'status_reason', nullable: true })
  statusReason: string | null;

  @Column('bigint', { name: 'next_retry_at', nullable: true })
  nextRetryAt: number | null;

  @Column('text', { name: 'phone_number', nullable: true })
  phoneNumber: string | null;

  @Column('text', { name: 'wa_jid', nullable: true })
  waJid: string | null;

  @Column('text', { name: 'wa_lid', nullable: true })
  waLid: string | null;

  @Column('integer', { name: 'rate_per_min', default: 100 })
  ratePerMin: number;

  @Column('integer', { name: 'rate_per_hour', default: 1000 })
  ratePerHour: number;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy: string | null;

  @Column('bigint', { name: 'last_connected_at', nullable: true })
  lastConnectedAt: number | null;

  @Column('bigint', { name: 'groups_synced_at', nullable: true })
  groupsSyncedAt: number | null;

  @Column('bigint', { name: 'created_at' })
  createdAt: number;

  @Column('bigint', { name: 'updated_at' })
  updatedAt: number;
}
