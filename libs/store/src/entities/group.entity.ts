import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('groups')
@ForeignKey(() => SessionEntity, ['sessionId'], ['id'], { name: 'groups_session_fkey', onDelete: 'CASCADE' })
@Unique('groups_jid_key', ['sessionId', 'groupJid'])
@Index('groups_session_idx', ['sessionId', 'id'])
@Check('groups_member_add_mode_check', `"member_add_mode" in ('admin_add', 'all_member_add')`)
@Check('groups_addressing_mode_check', `"addressing_mode" in ('pn', 'lid')`)
@Check('groups_my_role_check', `"my_role" in ('member', 'admin', 'superadmin', 'left')`)
export class GroupEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'groups_pkey' })
  id: string;

  @Column({ type: 'text', name: 'session_id', collation: 'C' })
  sessionId: string;

  @Column({ type: 'text', name: 'group_jid', collation: 'C' })
  groupJid: string;

  @Column('text')
  subject: string;

  @Column('text')
  description: string;

  @Column('text', { name: 'description_id', nullable: true })
  descriptionId: string | null;

  @Column('text', { name: 'owner_jid', nullable: true })
  ownerJid: string | null;

  @Column('boolean', { name: 'is_announce' })
  isAnnounce: boolean;

  @Column('boolean', { name: 'is_locked' })
  isLocked: boolean;

  @Column('boolean', { name: 'join_approval' })
  joinApproval: boolean;

  @Column('text', { name: 'member_add_mode' })
  memberAddMode: string;

  @Column('integer', { name: 'ephemeral_seconds' })
  ephemeralSeconds: number;

  @Column('text', { name: 'addressing_mode' })
  addressingMode: string;

  @Column('integer', { name: 'participant_count' })
  participantCount: number;

  @Column('text', { name: 'my_role' })
  myRole: string;

  @Column('bigint', { name: 'created_at_wa', nullable: true })
  createdAtWa: number | null;

  @Column('bigint', { name: 'first_seen_at' })
  firstSeenAt: number;

  @Column('bigint', { name: 'updated_at' })
  updatedAt: number;

  /** Grows with every stored change of the group or of its members; a writer states which one it read. */
  @Column('bigint')
  version: number;
}
