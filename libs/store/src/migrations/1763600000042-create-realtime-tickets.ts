import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRealtimeTickets1763600000042 implements MigrationInterface {
  readonly name = 'CreateRealtimeTickets1763600000042';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table realtime_tickets (
        hash bytea not null constraint realtime_tickets_pkey primary key,
        principal json not null,
        expires_at timestamptz not null
      )`);
    await runner.query('create index realtime_tickets_expires_idx on realtime_tickets (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table realtime_tickets');
  }
}
