import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateGroups1763600000002 implements MigrationInterface {
  readonly name = 'CreateGroups1763600000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table groups (
        id text collate "C" not null constraint groups_pkey primary key,
        session_id text collate "C" not null
          constraint groups_session_fkey references sessions (id) on delete cascade,
        group_jid text collate "C" not null,
        subject text not null,
        description text not null,
        description_id text,
        owner_jid text,
        is_announce boolean not null,
        is_locked boolean not null,
        join_approval boolean not null,
        member_add_mode text not null,
        ephemeral_seconds integer not null,
        addressing_mode text not null,
        participant_count integer not null,
        my_role text not null,
        created_at_wa bigint,
        first_seen_at bigint not null,
        updated_at bigint not null,
        version bigint not null,
        constraint groups_jid_key unique (session_id, group_jid),
        constraint groups_member_add_mode_check check (member_add_mode in ('admin_add', 'all_member_add')),
        constraint groups_addressing_mode_check check (addressing_mode in ('pn', 'lid')),
        constraint groups_my_role_check check (my_role in ('member', 'admin', 'superadmin', 'left'))
      )`);
    await runner.query('create index groups_session_idx on groups (session_id, id)');
    await runner.query(`
      create table group_members (
        group_id text collate "C" not null
          constraint group_members_group_fkey references groups (id) on delete cascade,
        id text collate "C" not null,
        phone_jid text collate "C",
        lid text collate "C",
        role text not null,
        tag text,
        first_seen_at bigint not null,
        last_seen_at bigint not null,
        constraint group_members_pkey primary key (group_id, id),
        constraint group_members_phone_key unique (group_id, phone_jid),
        constraint group_members_lid_key unique (group_id, lid),
        constraint group_members_address_check check (phone_jid is not null or lid is not null),
        constraint group_members_role_check check (role in ('member', 'admin', 'superadmin'))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table group_members');
    await runner.query('drop table groups');
  }
}
