import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { EventEntity } from './event.entity.js';
import { WebhookEntity } from './webhook.entity.js';

/** That one event is to reach one webhook, and how that goes. Times are by the clock of the database. */
@Entity('webhook_deliveries')
@ForeignKey(() => WebhookEntity, ['webhookId'], ['id'], {
  name: 'webhook_deliveries_webhook_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => EventEntity, ['eventTransactionId', 'eventPosition'], ['transactionId', 'position'], {
  name: 'webhook_deliveries_event_fkey',
  onDelete: 'CASCADE',
})
@Index('webhook_deliveries_event_key', ['eventTransactionId', 'eventPosition', 'webhookId'], { unique: true })
@Index('webhook_deliveries_webhook_idx', ['webhookId', 'id'])
@Index('webhook_deliveries_first_idx', ['webhookId', 'lane', 'eventTransactionId', 'eventPosition'], {
  where: `"status" = 'pending' and "attempts" = 0`,
})
@Index('webhook_deliveries_again_idx', ['webhookId', 'lane', 'dueAt'], {
  where: `"status" = 'pending' and "attempts" > 0`,
})
@Index('webhook_deliveries_pending_idx', ['webhookId', 'id'], { where: `"status" = 'pending'` })
@Index('webhook_deliveries_dead_idx', ['webhookId', 'id'], { where: `"status" = 'dead'` })
@Check('webhook_deliveries_status_check', `"status" in ('pending', 'delivered', 'dead')`)
export class WebhookDeliveryEntity {
  /** `dlv_<ulid>`. */
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'webhook_deliveries_pkey' })
  id: string;

  @Column({ type: 'text', name: 'webhook_id', collation: 'C' })
  webhookId: string;

  @Column('smallint')
  lane: number;

  @Column('bigint', { name: 'event_transaction_id' })
  eventTransactionId: number;

  @Column('bigint', { name: 'event_position' })
  eventPosition: number;

  @Column('text')
  status: string;

  /** Of this round: a delivery that is asked for again starts anew. */
  @Column('integer', { default: 0 })
  attempts: number;

  /** Whether somebody asked for it again, so that it is sent although the webhook may want such events no longer. */
  @Column('boolean', { default: false })
  requested: boolean;

  @Column('timestamptz', { name: 'due_at' })
  dueAt: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** Of this round. */
  @Column('timestamptz', { name: 'first_attempt_at', nullable: true })
  firstAttemptAt: Date | null;

  @Column('timestamptz', { name: 'last_attempt_at', nullable: true })
  lastAttemptAt: Date | null;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus: number | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;

  @Column('integer', { name: 'last_latency_ms', nullable: true })
  lastLatencyMs: number | null;

  /** The beginning of what the endpoint answered. */
  @Column('text', { name: 'response_excerpt', nullable: true })
  responseExcerpt: string | null;
}
