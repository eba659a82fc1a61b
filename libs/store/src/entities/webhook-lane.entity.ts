import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { WebhookEntity } from './webhook.entity.js';

/**
 * A part of the deliveries of one webhook that one process works on at a time. All events of a session are in the same
 * lane, so that they keep their order.
 */
@Entity('webhook_lanes')
@ForeignKey(() => WebhookEntity, ['webhookId'], ['id'], { name: 'webhook_lanes_webhook_fkey', onDelete: 'CASCADE' })
export class WebhookLaneEntity {
  @PrimaryColumn('text', { name: 'webhook_id', collation: 'C', primaryKeyConstraintName: 'webhook_lanes_pkey' })
  webhookId: string;

  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'webhook_lanes_pkey' })
  lane: number;

  /** Of whoever works on it; `null`: nobody. */
  @Column({ type: 'text', name: 'claim_id', collation: 'C', nullable: true })
  claimId: string | null;

  /** Number of the advisory lock that the claim's process keeps while it lives; `null`: only time tells. */
  @Column('integer', { name: 'holder_lock', nullable: true })
  holderLock: number | null;

  /** By the clock of the database. */
  @Column('timestamptz', { name: 'claimed_until', nullable: true })
  claimedUntil: Date | null;

  @Column('timestamptz', { name: 'last_success_at', nullable: true })
  lastSuccessAt: Date | null;
}
