import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError } from './embedded-database.error.js';

/** The operating system's user that PostgreSQL runs as. */
export interface RunAs {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root; one of these lends its rights. */
const CANDIDATES = ['postgres', 'node', 'nobody'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** `undefined`: as ourselves. For an existing data folder its owner, who need not have a name on this machine. */
export async function chooseUser(existingDataDir?: string): Promise<RunAs | undefined> {
  if (!isRoot()) return undefined;
  if (existingDataDir !== undefined) {
    const { uid, gid } = await stat(existingDataDir);
    return { uid, gid };
  }
  for (const name of CANDIDATES) {
    const user = await lookUp(name);
    if (user) return user;
  }
  throw new EmbeddedDatabaseError(
    `PostgreSQL does not run as root, and this machine has none of the users ${CANDIDATES.join(', ')}. ` +
      'Run the gateway as an ordinary user, or set DATABASE_URL.',
  );
}

async function lookUp(name: string): Promise<RunAs | undefined> {
  const id = async (flag: string): Promise<number> =>
    Number((await promisify(execFile)('id', [flag, name], { env: { PATH: '/usr/bin:/bin' } })).stdout);
  try {
    const user = { uid: await id('-u'), gid: await id('-g') };
    return user.uid > 0 ? user : undefined;
  } catch (error) {
    // `id` exits with 1 for a name that it does not know; anything else is worth hearing of.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}

/**
 * The folder on the way to `path` (itself included) that `user` may not enter, `undefined` when there is none. Looks at
 * mode bits: where access lists grant more, the answer errs on the safe side.
 */
export async function barrier(path: string, user: RunAs | undefined): Promise<string | undefined> {
  if (!user) return undefined;
  let found: string | undefined;
  for (let at = await realpath(path); ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bits = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode;
    if ((bits & 1) === 0) found = at;
    if (dirname(at) === at) return found;
  }
}
