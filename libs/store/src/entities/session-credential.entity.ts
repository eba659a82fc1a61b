import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('session_credentials')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], {
  name: 'session_credentials_session_fkey',
  onDelete: 'CASCADE',
})
export class SessionCredentialEntity {
  @PrimaryColumn('text', {
    name: 'session_id',
    collation: 'C',
    primaryKeyConstraintName: 'session_credentials_pkey',
  })
  sessionId: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'session_credentials_pkey' })
  kind: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'session_credentials_pkey' })
  id: string;

  /** Which key sealed `value`. */
  @Column('text', { name: 'key_id' })
  keyId: string;

  /** Nonce, tag and ciphertext, one after the other. */
  @Column('bytea')
  value: Buffer;

  /** When it was last written by whoever runs the session, by the database's clock. To encrypt it anew is no such write. */
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
