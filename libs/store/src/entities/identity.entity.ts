import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { SessionEntity } from './session.entity.js';

/** A LID and the phone number of the same person, as the account of one session was told. */
@Entity('identities')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], { name: 'identities_session_fkey', onDelete: 'CASCADE' })
@Unique('identities_phone_key', ['sessionId', 'phoneJid'])
export class IdentityEntity {
  @PrimaryColumn('text', { name: 'session_id', collation: 'C', primaryKeyConstraintName: 'identities_pkey' })
  sessionId: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'identities_pkey' })
  lid: string;

  /** A number can move to another account: it belongs to one LID at a time. */
  @Column({ type: 'text', name: 'phone_jid', collation: 'C' })
  phoneJid: string;
}
