import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { storedVersion, storeVersion } from './whatsapp-version.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whatsapp-version-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the stored WhatsApp Web version', () => {
  it('is none until one was stored', async () => {
    expect(await storedVersion(folder)).toBeUndefined();
  });

  it('is the one that was stored last, in a folder made for it', async () => {
    const dataDir = join(folder, 'new');
    await storeVersion(dataDir, [2, 3000, 1]);
    await storeVersion(dataDir, [2, 3000, 1035194821]);
    expect(await storedVersion(dataDir)).toEqual([2, 3000, 1035194821]);
  });

  it('is never guessed from a damaged file', async () => {
    await writeFile(join(folder, 'whatsapp-version'), 'latest');
    await expect(storedVersion(folder)).rejects.toThrow('does not hold a WhatsApp Web version');
  });
});
