import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { CAPABILITIES, newApiKey } from '#auth';
import { configFromEnvironment } from '#config';
import { ApiKeyRepository, Database, EmbeddedDatabase } from '#store';
import { reason } from './boot-failure.js';

const USAGE = 'usage: npm run keys:create -- --org <organization> [--name <name>]';

/** Makes an api-key with all capabilities, whether or not the gateway runs. A running one accepts it at once. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { org: { type: 'string' }, name: { type: 'string' } } });
  const { org, name = 'made on the command line' } = values;
  if (!org) throw new Error(USAGE);
  const config = configFromEnvironment();
  const logger = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  const embedded = config.databaseUrl
    ? undefined
    : await EmbeddedDatabase.start(config.dataDir, (message) => logger.info(message));
  try {
    process.stdout.write(`${await createKey(config.databaseUrl ?? embedded?.url ?? '', org, name)}\n`);
  } finally {
    // One that was running before goes on running.
    if (embedded?.startedBy === 'us') await embedded.stop();
  }
}

async function createKey(url: string, organizationId: string, name: string): Promise<string> {
  const database = await Database.open({ url });
  const { id, secret, hash: secretHash } = newApiKey();
  try {
    const key = { id, secretHash, organizationId, name, capabilities: CAPABILITIES };
    await new ApiKeyRepository(database).create(key);
  } finally {
    await database.close();
  }
  return secret;
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
