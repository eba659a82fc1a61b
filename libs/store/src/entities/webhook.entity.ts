import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('webhooks')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], { name: 'webhooks_session_fkey', onDelete: 'CASCADE' })
@Index('webhooks_organization_idx', ['organizationId', 'id'])
@Index('webhooks_session_idx', ['sessionId'])
@Check('webhooks_retry_policy_check', `"retry_policy" in ('exponential', 'constant')`)
@Check('webhooks_paused_check', `"paused_reason" is null or not "active"`)
export class WebhookEntity {
  /** `wh_<ulid>`. */
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'webhooks_pkey' })
  id: string;

  @Column({ type: 'text', name: 'organization_id', collation: 'C' })
  organizationId: string;

  @Column('text')
  url: string;

  /** Names, or `*` alone for all. */
  @Column('text', { array: true })
  events: string[];

  /** What it was asked to be limited to. */
  @Column({ type: 'text', name: 'session_id', collation: 'C', nullable: true })
  sessionId: string | null;

  /** What the credential that made it is limited to. */
  @Column('text', { name: 'session_ids', array: true, nullable: true })
  sessionIds: string[] | null;

  @Column('text', { name: 'header_names', array: true })
  headerNames: string[];

  /** Which key sealed `sealed`. */
  @Column('text', { name: 'key_id' })
  keyId: string;

  /** The secret and the values of its headers: nonce, tag and ciphertext, one after the other. */
  @Column('bytea')
  sealed: Buffer;

  @Column('text', { name: 'retry_policy' })
  retryPolicy: string;

  @Column('integer', { name: 'retry_delay_seconds' })
  retryDelaySeconds: number;

  @Column('integer', { name: 'retry_attempts' })
  retryAttempts: number;

  @Column('boolean')
  active: boolean;

  /** Why the gateway paused it; `null` when somebody else did, or nobody. */
  @Column('text', { name: 'paused_reason', nullable: true })
  pausedReason: string | null;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy: string | null;

  @Column('bigint', { name: 'created_at' })
  createdAt: number;

  @Column('bigint', { name: 'updated_at' })
  updatedAt: number;
}
