import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Up to where the log was handed out to webhooks. One row, whose lock is the turn to hand out. */
@Entity('webhook_cursor')
export class WebhookCursorEntity {
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'webhook_cursor_pkey' })
  id: number;

  @Column('bigint', { name: 'transaction_id' })
  transactionId: number;

  @Column('bigint')
  position: number;
}
