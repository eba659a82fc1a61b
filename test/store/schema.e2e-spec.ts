import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, migrate } from '#store';
import { openStore, type Store } from './open-store.js';

describe('the schema', () => {
  let store: Store;

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());

  it('that migrations make is the one that entities declare', async () => {
    const { upQueries } = await store.database.dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('is taken back by the migrations that made it', async () => {
    const { dataSource } = store.database;
    const migrations = dataSource.migrations.length;
    for (let undone = 0; undone < migrations; undone++) await dataSource.undoLastMigration();
    const [{ tables }] = await dataSource.query<[{ tables: string[] }]>(
      `select coalesce(array_agg(tablename::text), '{}') as tables from pg_tables
       where schemaname = 'public' and tablename <> 'migrations'`,
    );
    expect(tables).toEqual([]);
    await migrate(store.url);
  });

  it('is migrated by one of several processes that start at once', async () => {
    const { dataSource } = store.database;
    while ((await dataSource.query<unknown[]>('select 1 from migrations')).length > 0)
      await dataSource.undoLastMigration();
    const opened = await Promise.all([1, 2, 3].map(() => Database.open({ url: store.url, poolSize: 1 })));
    await Promise.all(opened.map((database) => database.close()));
    expect(await dataSource.query('select name from migrations order by id')).toHaveLength(
      dataSource.migrations.length,
    );
  });
});
