import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { configFromEnvironment } from '#config';
import { CredentialsKeyRing, SessionTransfer } from '#store';
import { reason } from '../boot-failure.js';
import { credentialsKeys } from '../credentials-keys.js';
import { knownPassphrase } from './passphrase.js';
import { openSession } from './session-file/session-file.js';
import { withDatabase } from './with-database.js';

const USAGE =
  'usage: npm run sessions:import -- --in <file> [--org <organization>] [--label <label>] [--passphrase-file <file>]';

/** Makes a stopped session of a file of sessions:export, whether or not the gateway runs. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      in: { type: 'string' },
      org: { type: 'string' },
      label: { type: 'string' },
      'passphrase-file': { type: 'string' },
    },
  });
  if (!values.in) throw new Error(USAGE);
  const file = await readFile(values.in);
  const config = configFromEnvironment();
  const session = await openSession(file, await knownPassphrase({ file: values['passphrase-file'] }));
  const { current, previous } = await credentialsKeys(config);
  const target = { organizationId: values.org || undefined, label: values.label || undefined };
  const id = await withDatabase(config, (database) =>
    new SessionTransfer(database, new CredentialsKeyRing(current, previous)).import(session, target),
  );
  const organizationId = target.organizationId ?? session.organizationId;
  process.stdout.write(`session ${id} of organization ${organizationId} is here, stopped: start it\n`);
  if (id !== session.id) process.stdout.write(`Its id was ${session.id}, which a session here has already.\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
