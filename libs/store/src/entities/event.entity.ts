import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/**
 * What was told, in the order of (`transaction_id`, `position`): see `EventLog`. A row that refers to nothing, so that
 * what happened to a session is known when that is gone.
 */
@Entity('events')
@Index('events_id_key', ['id'], { unique: true })
@Index('events_organization_idx', ['organizationId', 'transactionId', 'position'])
export class EventEntity {
  /** The transaction that appended it. */
  @PrimaryColumn('bigint', {
    name: 'transaction_id',
    primaryKeyConstraintName: 'events_pkey',
  })
  transactionId: number;

  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'events_pkey',
  })
  position: number;

  /** `evt_<ulid>`. */
  @Column({ type: 'text', collation: 'C' })
  id: string;

  @Column({ type: 'text', name: 'organization_id', collation: 'C' })
  organizationId: string;

  @Column({ type: 'text', name: 'session_id', collation: 'C', nullable: true })
  sessionId: string | null;

  @Column('text')
  event: string;

  @Column('json')
  payload: object;

  @Column('bigint', { name: 'created_at' })
  createdAt: number;
}
