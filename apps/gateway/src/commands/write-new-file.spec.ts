import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { refuseExisting, writeNewFile } from './write-new-file.js';

describe('a new file', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'new-file-'));
    path = join(folder, 'session');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is readable by its owner alone', async () => {
    await writeNewFile(path, Buffer.from('x'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe('x');
  });

  it('never takes the place of another one', async () => {
    await writeFile(path, 'before');
    await expect(refuseExisting(path)).rejects.toThrow(`${path} exists already`);
    await expect(writeNewFile(path, Buffer.from('x'))).rejects.toThrow(`${path} exists already`);
    expect(await readFile(path, 'utf8')).toBe('before');
    await expect(refuseExisting(join(folder, 'other'))).resolves.toBeUndefined();
  });

  it('is not there by half', async () => {
    const content = { length: 1 } as unknown as Buffer;
    await expect(writeNewFile(path, content)).rejects.toThrow();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});
