import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Somebody asked for it again: it is sent although the webhook may want such events no longer. */
export class AddRequestedDeliveries1763600000061 implements MigrationInterface {
  readonly name = 'AddRequestedDeliveries1763600000061';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_deliveries add column requested boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_deliveries drop column requested');
  }
}
