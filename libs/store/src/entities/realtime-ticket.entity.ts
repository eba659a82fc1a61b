import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A ticket that opens one stream, once. */
@Entity('realtime_tickets')
@Index('realtime_tickets_expires_idx', ['expiresAt'])
export class RealtimeTicketEntity {
  /** SHA-256: who reads the table opens nothing. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'realtime_tickets_pkey' })
  hash: Buffer;

  /** Whose ticket it is. */
  @Column('json')
  principal: object;

  /** By the clock of the database. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
