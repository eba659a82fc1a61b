import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddFirstAttempt1763600000046 implements MigrationInterface {
  readonly name = 'AddFirstAttempt1763600000046';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_deliveries add column first_attempt_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_deliveries drop column first_attempt_at');
  }
}
