import { configFromEnvironment } from '#config';
import { fetchLatestWhatsAppVersion } from '#whatsapp/baileys';
import { reason } from './boot-failure.js';
import { storeVersion } from './sessions/whatsapp-version.js';

/** Asks web.whatsapp.com which version it serves and keeps it for every start from now on. The gateway never asks itself. */
async function main(): Promise<void> {
  const { dataDir, whatsapp } = configFromEnvironment();
  const version = await fetchLatestWhatsAppVersion();
  await storeVersion(dataDir, version);
  process.stdout.write(`WhatsApp Web ${version.join('.')} is used from the next start on\n`);
  if (whatsapp.version) process.stdout.write('WHATSAPP_VERSION is set and still decides\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
});
