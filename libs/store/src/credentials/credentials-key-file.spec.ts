import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadOrCreateCredentialsKey } from './credentials-key-file.js';

describe('the key file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'key-file-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, readable by its owner alone', async () => {
    const key = await loadOrCreateCredentialsKey(folder);
    expect(key).toHaveLength(32);
    expect(await loadOrCreateCredentialsKey(folder)).toEqual(key);
    expect((await stat(join(folder, 'credentials.key'))).mode & 0o777).toBe(0o600);
  });

  it('is one and the same for all who make it at once', async () => {
    const nested = join(folder, 'new', 'folder');
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateCredentialsKey(nested)));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(nested)).toEqual(['credentials.key']);
  });

  it('is never replaced when it is damaged, and the error names it', async () => {
    await writeFile(join(folder, 'credentials.key'), 'c2hvcnQ=');
    await expect(loadOrCreateCredentialsKey(folder)).rejects.toThrow(/credentials\.key does not hold 32 bytes/);
    expect(await readFile(join(folder, 'credentials.key'), 'utf8')).toBe('c2hvcnQ=');
  });
});
