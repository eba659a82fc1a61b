import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseWhatsAppVersion, type WhatsAppVersion } from '#config';

const FILE = 'whatsapp-version';

/** The WhatsApp Web version that `npm run whatsapp:version` stored, if it ever ran. Throws when the file is damaged. */
export async function storedVersion(dataDir: string): Promise<WhatsAppVersion | undefined> {
  const path = join(dataDir, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const version = parseWhatsAppVersion(text.trim());
  if (!version) throw new Error(`${path} does not hold a WhatsApp Web version; remove it, or store one again`);
  return version;
}

/** Used by every start from now on, unless `WHATSAPP_VERSION` says otherwise. */
export async function storeVersion(dataDir: string, version: WhatsAppVersion): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, FILE);
  await writeFile(`${path}.new`, `${version.join('.')}\n`);
  await rename(`${path}.new`, path);
}
