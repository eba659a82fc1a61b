import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES } from './credentials-key-ring.js';

const NAME = 'credentials.key';

/**
 * The key that encrypts stored credentials, made on the first call: `<dataDir>/credentials.key`, base64, mode 0600.
 * Processes that make it at once agree on one. Without it the stored credentials are lost.
 */
export async function loadOrCreateCredentialsKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, NAME);
  const text = (await readIfThere(path)) ?? (await create(dataDir, path));
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${path} does not hold ${KEY_BYTES} bytes in base64; restore it`);
  return key;
}

async function create(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  await chmod(draft, 0o600);
  try {
    // Unlike a rename, a link fails when another process was faster: nobody ever sees two different keys.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
  return readFile(path, 'utf8');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
