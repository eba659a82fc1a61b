import { parseArgs } from 'node:util';
import { CAPABILITIES, newApiKey } from '#auth';
import { configFromEnvironment } from '#config';
import { ApiKeyRepository } from '#store';
import { reason } from './boot-failure.js';
import { withDatabase } from './commands/with-database.js';

const USAGE = 'usage: npm run keys:create -- --org <organization> [--name <name>]';

/** Makes an api-key with all capabilities, whether or not the gateway runs. A running one accepts it at once. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { org: { type: 'string' }, name: { type: 'string' } } });
  const { org: organizationId, name = 'made on the command line' } = values;
  if (!organizationId) throw new Error(USAGE);
  const { id, secret, hash: secretHash } = newApiKey();
  const key = { id, secretHash, organizationId, name, capabilities: CAPABILITIES };
  await withDatabase(configFromEnvironment(), (database) => new ApiKeyRepository(database).create(key));
  process.stdout.write(`${secret}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
