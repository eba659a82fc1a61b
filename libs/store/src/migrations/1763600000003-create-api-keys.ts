import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApiKeys1763600000003 implements MigrationInterface {
  readonly name = 'CreateApiKeys1763600000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id text collate "C" not null constraint api_keys_pkey primary key,
        organization_id text not null,
        name text not null,
        capabilities text[] not null,
        secret_hash bytea not null,
        session_ids text[],
        allowed_cidrs text[],
        expires_at bigint,
        created_by text,
        created_at bigint not null,
        last_used_at bigint
      )`);
    await runner.query('create index api_keys_organization_idx on api_keys (organization_id, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table api_keys');
  }
}
