import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { barrier } from './run-as.js';

const SOMEBODY = { uid: 54_321, gid: 54_321 };

describe('what stands between a user and a folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'barrier-')));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'inner'), { mode: 0o755 });
    await chmod(join(folder, 'inner'), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is nothing when all may pass', async () => {
    expect(await barrier(join(folder, 'inner'), SOMEBODY)).toBeUndefined();
  });

  it('is the folder that only its owner may enter, wherever it is on the way', async () => {
    await chmod(folder, 0o700);
    expect(await barrier(join(folder, 'inner'), SOMEBODY)).toBe(folder);
    await chmod(folder, 0o711);
    await chmod(join(folder, 'inner'), 0o700);
    expect(await barrier(join(folder, 'inner'), SOMEBODY)).toBe(join(folder, 'inner'));
  });

  it('is nothing for the owner, and for ourselves', async () => {
    await chmod(folder, 0o700);
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    expect(await barrier(join(folder, 'inner'), owner)).toBeUndefined();
    expect(await barrier(join(folder, 'inner'), undefined)).toBeUndefined();
  });
});
