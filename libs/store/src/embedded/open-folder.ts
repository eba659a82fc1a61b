import { chmod, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** A folder that others may pass through, whatever the umask. Folders that exist stay as they are. */
export async function openFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
}
