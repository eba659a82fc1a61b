import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSessionLeases1763600000030 implements MigrationInterface {
  readonly name = 'CreateSessionLeases1763600000030';

  async up(runner: QueryRunner): Promise<void> {
    // Rows are renewed all the time, and never in an indexed column: room for the new version on the same page.
    await runner.query(`
      create table session_leases (
        session_id text collate "C" not null constraint session_leases_pkey primary key
          constraint session_leases_session_fkey references sessions (id) on delete cascade,
        fence bigint not null,
        holder text,
        holder_lock integer,
        expires_at timestamptz
      ) with (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table session_leases');
  }
}
