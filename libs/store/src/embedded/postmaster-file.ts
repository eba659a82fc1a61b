import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server says of itself in `postmaster.pid` of its data folder. */
export interface PostmasterFile {
  pid: number;
  port: number;
}

/** `undefined` when there is none, or when it is being written. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parsePostmasterFile(text);
}

/** The first line is the process, the fourth one its port. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

/** Another user's process counts as none, as to PostgreSQL itself: a server on a data folder of ours runs as its owner. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether `pid` is another program that was given the number of a server that died. A server's working directory is its
 * data folder; where that cannot be read (no `/proc`, another user's process) the answer is `false`.
 */
export async function isAnotherProgram(pid: number, data: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return cwd !== undefined && cwd !== data;
}
