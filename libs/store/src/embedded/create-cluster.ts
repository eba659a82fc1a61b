import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeClusterFile } from './cluster-file.js';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { openFolder } from './open-folder.js';
import { freePort } from './port.js';
import { barrier, type RunAs } from './run-as.js';

export const SUPERUSER = 'gateway';

export interface NewCluster {
  dataDir: string;
  initdb: string;
  user: RunAs | undefined;
  /** Where the cluster goes when `user` cannot reach `dataDir`. */
  sharedDir: string;
  log: (message: string) => void;
}

/**
 * Makes the cluster `<dataDir>/postgres`, whole or not at all: it is built beside its place and then moved there. Of two
 * processes at once, one wins and the other one uses what the first has made.
 */
export async function createCluster(input: NewCluster): Promise<void> {
  const { dataDir, user, sharedDir, log } = input;
  const blocked = await barrier(dataDir, user);
  const parent = blocked === undefined ? dataDir : sharedDir;
  if (blocked !== undefined) {
    log(`PostgreSQL runs as uid ${user?.uid}, which may not enter ${blocked}: its data goes to ${sharedDir}`);
    await openFolder(sharedDir);
  }
  const staging = await mkdtemp(join(parent, 'postgres.new-'));
  try {
    await build(staging, input);
    if (blocked === undefined) return await claim(() => rename(staging, join(dataDir, 'postgres')), staging);
    const home = join(sharedDir, `cluster-${randomBytes(8).toString('hex')}`);
    await rename(staging, home);
    return await claim(() => symlink(home, join(dataDir, 'postgres')), home);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function build(staging: string, { initdb, user, log }: NewCluster): Promise<void> {
  await chmod(staging, 0o711);
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(staging, 'password');
  const data = join(staging, 'data');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await mkdir(data, { mode: 0o700 });
  if (user) {
    await chown(passwordFile, user.uid, user.gid);
    await chown(data, user.uid, user.gid);
  }
  log('making the embedded database');
  await runInitdb(initdb, data, passwordFile, user);
  await rm(passwordFile);
  await writeClusterFile(staging, { port: await freePort(), password });
}

async function runInitdb(initdb: string, data: string, passwordFile: string, user?: RunAs): Promise<void> {
  // The built-in locale sorts the same on every machine and needs none installed.
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await promisify(execFile)(initdb, args, { ...user, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  } catch (error) {
    const said = ((error as { stderr?: string }).stderr ?? '').trim();
    throw new EmbeddedDatabaseError(`the embedded database cannot be made: ${said || (error as Error).message}`, {
      cause: error,
    });
  }
}

async function claim(take: () => Promise<void>, mine: string): Promise<void> {
  try {
    await take();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EEXIST', 'ENOTEMPTY'].includes(code)) throw error;
    await rm(mine, { recursive: true });
  }
}

export async function hasCluster(dataDir: string): Promise<boolean> {
  return stat(join(dataDir, 'postgres', 'data', 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}
