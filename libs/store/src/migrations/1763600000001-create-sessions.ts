import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSessions1763600000001 implements MigrationInterface {
  readonly name = 'CreateSessions1763600000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sessions (
        id text collate "C" not null constraint sessions_pkey primary key,
        organization_id text not null,
        label text,
        desired text not null default 'stopped',
        status text not null default 'stopped',
        status_reason text,
        next_retry_at bigint,
        phone_number text,
        wa_jid text,
        wa_lid text,
        rate_per_min integer not null default 100,
        rate_per_hour integer not null default 1000,
        created_by text,
        last_connected_at bigint,
        groups_synced_at bigint,
        created_at bigint not null,
        updated_at bigint not null,
        constraint sessions_label_key unique (organization_id, label),
        constraint sessions_desired_check check (desired in ('running', 'stopped')),
        constraint sessions_status_check
          check (status in ('stopped', 'starting', 'scan_qr_code', 'working', 'failed', 'logged_out'))
      )`);
    await runner.query('create index sessions_organization_idx on sessions (organization_id, id)');
    await runner.query(`create index sessions_running_idx on sessions (id) where desired = 'running'`);
    await runner.query(`
      create table session_credentials (
        session_id text collate "C" not null
          constraint session_credentials_session_fkey references sessions (id) on delete cascade,
        kind text collate "C" not null,
        id text collate "C" not null,
        key_id text not null,
        value bytea not null,
        constraint session_credentials_pkey primary key (session_id, kind, id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table session_credentials');
    await runner.query('drop table sessions');
  }
}
