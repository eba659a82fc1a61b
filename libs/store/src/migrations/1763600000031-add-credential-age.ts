import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was stored before counts as written now: nothing is taken for older than it is known to be. */
export class AddCredentialAge1763600000031 implements MigrationInterface {
  readonly name = 'AddCredentialAge1763600000031';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table session_credentials add column updated_at timestamptz not null default now()');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table session_credentials drop column updated_at');
  }
}
