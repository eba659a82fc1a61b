import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIdentities1763600000010 implements MigrationInterface {
  readonly name = 'CreateIdentities1763600000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table identities (
        session_id text collate "C" not null
          constraint identities_session_fkey references sessions (id) on delete cascade,
        lid text collate "C" not null,
        phone_jid text collate "C" not null,
        constraint identities_pkey primary key (session_id, lid),
        constraint identities_phone_key unique (session_id, phone_jid)
      )`);
    // What the members tell already; where they disagree, the one that changed last.
    await runner.query(`
      insert into identities (session_id, lid, phone_jid)
      select distinct on (session_id, phone_jid) session_id, lid, phone_jid
      from (
        select distinct on (g.session_id, m.lid) g.session_id, m.lid, m.phone_jid, m.last_seen_at
        from group_members m join groups g on g.id = m.group_id
        where m.lid is not null and m.phone_jid is not null
        order by g.session_id, m.lid, m.last_seen_at desc
      ) latest
      order by session_id, phone_jid, last_seen_at desc`);
    // Whoever is stored under one address alone: to be found in every group once the other is known.
    await runner.query('create index group_members_lone_lid_idx on group_members (lid) where phone_jid is null');
    await runner.query('create index group_members_lone_phone_idx on group_members (phone_jid) where lid is null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index group_members_lone_phone_idx');
    await runner.query('drop index group_members_lone_lid_idx');
    await runner.query('drop table identities');
  }
}
