import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { GroupEntity } from './group.entity.js';

@Entity('group_members')
@ForeignKey(() => GroupEntity, ['groupId'], ['id'], { name: 'group_members_group_fkey', onDelete: 'CASCADE' })
@Unique('group_members_phone_key', ['groupId', 'phoneJid'])
@Unique('group_members_lid_key', ['groupId', 'lid'])
@Index('group_members_lone_lid_idx', ['lid'], { where: 'phone_jid is null' })
@Index('group_members_lone_phone_idx', ['phoneJid'], { where: 'lid is null' })
@Check('group_members_address_check', `"phone_jid" is not null or "lid" is not null`)
@Check('group_members_role_check', `"role" in ('member', 'admin', 'superadmin')`)
export class GroupMemberEntity {
  @PrimaryColumn('text', { name: 'group_id', collation: 'C', primaryKeyConstraintName: 'group_members_pkey' })
  groupId: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'group_members_pkey' })
  id: string;

  @Column({ type: 'text', name: 'phone_jid', nullable: true, collation: 'C' })
  phoneJid: string | null;

  @Column({ type: 'text', nullable: true, collation: 'C' })
  lid: string | null;

  @Column('text')
  role: string;

  @Column('text', { nullable: true })
  tag: string | null;

  @Column('bigint', { name: 'first_seen_at' })
  firstSeenAt: number;

  @Column('bigint', { name: 'last_seen_at' })
  lastSeenAt: number;
}
