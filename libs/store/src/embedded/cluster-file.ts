import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './embedded-database.error.js';

/** What is needed to reach a cluster of ours. Lies beside its data folder, readable by us alone. */
export interface ClusterFile {
  port: number;
  password: string;
}

const NAME = 'cluster.json';

export async function readClusterFile(home: string): Promise<ClusterFile> {
  const path = join(home, NAME);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ClusterFile;
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `${path} holds the password of the embedded database and cannot be read. Restore it, or move ${home} away to ` +
        'start with an empty database.',
      { cause: error },
    );
  }
}

/** Replaces the file as a whole. */
export async function writeClusterFile(home: string, cluster: ClusterFile): Promise<void> {
  const path = join(home, NAME);
  await writeFile(`${path}.new`, JSON.stringify(cluster), { mode: 0o600, flush: true });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
