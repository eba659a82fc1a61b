import { realpath } from 'node:fs/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { isAlive, isAnotherProgram, parsePostmasterFile } from './postmaster-file.js';

describe('postmaster.pid', () => {
  it('names the process and its port', () => {
    const text = '4711\n/data\n1763600000\n5433\n\n127.0.0.1\n  5433001  12\nready   \n';
    expect(parsePostmasterFile(text)).toEqual({ pid: 4711, port: 5433 });
  });

  it.each(['', '4711\n/data\n', 'x\n/data\n1\n5433\n', '-1\n/data\n1\n5433\n'])(
    'is not believed when it is %j',
    (text) => {
      expect(parsePostmasterFile(text)).toBeUndefined();
    },
  );

  it('may name a process that is alive, or one that is not', () => {
    expect(isAlive(process.pid)).toBe(true);
    // Above the highest number that Linux and macOS give.
    expect(isAlive(2 ** 22 + 1)).toBe(false);
  });

  it('may name a process of another user, which got the number of a server that died', () => {
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    expect(isAlive(1)).toBe(false);
    kill.mockRestore();
  });

  it('may name a program that was given the number of a dead server', async () => {
    expect(await isAnotherProgram(process.pid, '/nowhere')).toBe(process.platform === 'linux');
    expect(await isAnotherProgram(process.pid, await realpath(process.cwd()))).toBe(false);
  });
});
