import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('idempotency_keys')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], {
  name: 'idempotency_keys_session_fkey',
  onDelete: 'CASCADE',
})
@Index('idempotency_keys_session_idx', ['sessionId'])
@Index('idempotency_keys_expires_idx', ['expiresAt'])
@Check('idempotency_keys_state_check', `"state" in ('running', 'resolving', 'done')`)
@Check(
  'idempotency_keys_outcome_check',
  `("state" = 'done') = ("outcome" is not null) and ("outcome" is null) = ("key_id" is null)`,
)
export class IdempotencyKeyEntity {
  @PrimaryColumn('text', {
    name: 'organization_id',
    collation: 'C',
    primaryKeyConstraintName: 'idempotency_keys_pkey',
  })
  organizationId: string;

  /** SHA-256 of method and path: a path may hold an invite code. */
  @PrimaryColumn('bytea', { name: 'route_hash', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  routeHash: Buffer;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key: string;

  @Column({ type: 'text', name: 'session_id', collation: 'C' })
  sessionId: string;

  /** SHA-256 of what the request asks for beside its path. */
  @Column('bytea', { name: 'request_hash' })
  requestHash: Buffer;

  /** Who works on it: what one owner has to say of it does not count once another one has taken it over. */
  @Column({ type: 'text', name: 'claim_id', collation: 'C' })
  claimId: string;

  @Column('text')
  state: string;

  /** Until when its owner is taken to be alive, by the clock of the database. */
  @Column('bigint')
  deadline: number;

  @Column('bigint', { name: 'expires_at' })
  expiresAt: number;

  /** Which key sealed `outcome`. */
  @Column('text', { name: 'key_id', nullable: true })
  keyId: string | null;

  /** Nonce, tag and ciphertext, one after the other: it may hold an invite link. */
  @Column('bytea', { nullable: true })
  outcome: Buffer | null;
}
