import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLogEpoch1763600000050 implements MigrationInterface {
  readonly name = 'CreateLogEpoch1763600000050';

  async up(runner: QueryRunner): Promise<void> {
    // Not logged on purpose: PostgreSQL empties it when it has to recover, and when a standby takes over.
    await runner.query(`
      create unlogged table log_epoch (
        id smallint not null constraint log_epoch_pkey primary key,
        epoch uuid not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table log_epoch');
  }
}
