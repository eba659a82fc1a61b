import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabase, migrate } from '../../dist/libs/store/src/index.js';
import pg from 'pg';

/** One PostgreSQL for the whole run, with a migrated template that each test file copies. */
export default async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'whats-gateway-test-'));
  // PostgreSQL may run as another user than the tests.
  await chmod(folder, 0o755);
  const database = await EmbeddedDatabase.start(folder, () => undefined, { maxConnections: 200 });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query('create database template_gateway');
  const template = new URL(database.url);
  template.pathname = '/template_gateway';
  await migrate(template.href);
  await admin.end();
  process.env.TEST_DATABASE_URL = database.url;
  globalThis.testDatabase = { database, folder };
}
