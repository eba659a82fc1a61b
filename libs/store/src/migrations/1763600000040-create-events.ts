import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEvents1763600000040 implements MigrationInterface {
  readonly name = 'CreateEvents1763600000040';

  async up(runner: QueryRunner): Promise<void> {
    // The transaction comes first in the order: one that began later has a higher number, whichever commits first.
    await runner.query(`
      create table events (
        transaction_id bigint not null,
        position bigint generated always as identity,
        id text collate "C" not null,
        organization_id text collate "C" not null,
        session_id text collate "C",
        event text not null,
        payload json not null,
        created_at bigint not null,
        constraint events_pkey primary key (transaction_id, position)
      )`);
    await runner.query('create unique index events_id_key on events (id)');
    await runner.query('create index events_organization_idx on events (organization_id, transaction_id, position)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table events');
  }
}
