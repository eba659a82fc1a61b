import { configFromEnvironment } from '#config';
import { CredentialsKeyRing, CredentialsRotation } from '#store';
import { reason } from '../boot-failure.js';
import { credentialsKeys } from '../credentials-keys.js';
import { isComplete, summary } from './rotation-summary.js';
import { withDatabase } from './with-database.js';

const PROGRESS_MS = 1_000;

/** Re-encrypts what is stored with the current key, while gateways run. Ctrl-C ends it between two batches. */
async function main(): Promise<void> {
  const config = configFromEnvironment();
  const { current, previous } = await credentialsKeys(config);
  const keys = new CredentialsKeyRing(current, previous);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const reports = await withDatabase(config, (database) =>
    new CredentialsRotation(database, keys).run({ signal: stop.signal, onProgress: progress() }),
  );
  process.stdout.write(`${summary(reports).join('\n')}\n`);
  if (!isComplete(reports)) process.exitCode = 1;
}

function progress(): (name: string, reencrypted: number) => void {
  let saidAt = Date.now();
  return (name, reencrypted) => {
    if (Date.now() - saidAt < PROGRESS_MS) return;
    saidAt = Date.now();
    process.stderr.write(`${name}: ${reencrypted} re-encrypted …\n`);
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
