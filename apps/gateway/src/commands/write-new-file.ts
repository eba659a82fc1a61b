import { open, rm, stat, type FileHandle } from 'node:fs/promises';

/** Before anybody is asked for anything: that a file is in the way. */
export async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found) throw inTheWay(path);
}

/** Readable by its owner alone, on the disk once this resolves. An existing file stays; half a file is removed. */
export async function writeNewFile(path: string, content: Buffer): Promise<void> {
  const file = await create(path);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? inTheWay(path) : error;
  }
}

function inTheWay(path: string): Error {
  return new Error(`${path} exists already; it is not overwritten`);
}
