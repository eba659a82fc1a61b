import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('session_leases')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], {
  name: 'session_leases_session_fkey',
  onDelete: 'CASCADE',
})
export class SessionLeaseEntity {
  @PrimaryColumn('text', { name: 'session_id', collation: 'C', primaryKeyConstraintName: 'session_leases_pkey' })
  sessionId: string;

  /** Rises with every lease and never falls: the row stays when a lease is given back. */
  @Column('bigint')
  fence: number;

  /** Who has it, in words for people; `null`: nobody. */
  @Column('text', { nullable: true })
  holder: string | null;

  /** Number of the advisory lock that its holder keeps for as long as it lives; `null`: only time tells. */
  @Column('integer', { name: 'holder_lock', nullable: true })
  holderLock: number | null;

  /** By the clock of the database. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
