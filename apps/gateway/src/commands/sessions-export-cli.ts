import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configFromEnvironment } from '#config';
import { CredentialsKeyRing, SessionTransfer } from '#store';
import { reason } from '../boot-failure.js';
import { credentialsKeys } from '../credentials-keys.js';
import { newPassphrase } from './passphrase.js';
import { sealSession } from './session-file/session-file.js';
import { withDatabase } from './with-database.js';
import { refuseExisting, writeNewFile } from './write-new-file.js';

const USAGE = 'usage: npm run sessions:export -- --session <id> --out <file> [--remove] [--passphrase-file <file>]';

/** Writes one stopped session into an encrypted file, to go on elsewhere. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      session: { type: 'string' },
      out: { type: 'string' },
      remove: { type: 'boolean' },
      'passphrase-file': { type: 'string' },
    },
  });
  const { session: sessionId, remove = false } = values;
  if (!sessionId || !values.out) throw new Error(USAGE);
  const out = resolve(values.out);
  await refuseExisting(out);
  const config = configFromEnvironment();
  const passphrase = await newPassphrase({ file: values['passphrase-file'] });
  const { current, previous } = await credentialsKeys(config);
  let items = 0;
  await withDatabase(config, (database) =>
    new SessionTransfer(database, new CredentialsKeyRing(current, previous)).export(
      sessionId,
      async (session) => {
        items = session.credentials.length;
        await writeNewFile(out, await sealSession(session, passphrase));
      },
      { remove },
    ),
  );
  process.stdout.write(`session ${sessionId} is in ${out}, with ${items} items of credentials\n`);
  process.stdout.write(
    remove
      ? 'It is removed here; sessions:import brings it back, here or elsewhere.\n'
      : 'Once it is imported elsewhere, neither start nor delete it here: both would throw the other one out.\n',
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
