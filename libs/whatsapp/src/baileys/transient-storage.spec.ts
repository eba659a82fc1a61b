import asyncHooks from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TransientStorage, withTransientStorages } from './transient-storage.js';

describe('a transient storage', () => {
  let storage: TransientStorage<string>;

  let switchedOff: jest.SpiedFunction<() => void>;

  beforeEach(() => {
    storage = new TransientStorage();
    switchedOff = jest.spyOn(storage, 'disable');
  });

  it('remembers what it was given for as long as the work lasts', async () => {
    const seen = await storage.run('one', async () => {
      await nextTurn();
      return [storage.getStore(), await storage.run('two', () => Promise.resolve(storage.getStore()))];
    });
    expect(seen).toEqual(['one', 'two']);
  });

  it('is off once the last of several works has ended, and not before', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = storage.run('slow', async () => {
      await released;
      return storage.getStore();
    });
    await storage.run('fast', () => nextTurn());
    await nextTurn();
    expect(switchedOff).not.toHaveBeenCalled();
    release();
    expect(await slow).toBe('slow');
    await nextTurn();
    expect(switchedOff).toHaveBeenCalledTimes(1);
    expect(storage.getStore()).toBeUndefined();
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('is off after work that %s', async (_, work: () => Promise<never>) => {
    await expect(async () => storage.run('one', work)).rejects.toThrow('no');
    await nextTurn();
    expect(switchedOff).toHaveBeenCalledTimes(1);
  });
});

describe('what is made with transient storages', () => {
  const before = asyncHooks.AsyncLocalStorage;

  it('finds them in place of the ordinary ones, and nobody else does', () => {
    expect(withTransientStorages(() => asyncHooks.AsyncLocalStorage)).toBe(TransientStorage);
    expect(asyncHooks.AsyncLocalStorage).toBe(before);
  });

  it('leaves the ordinary ones behind when it fails', () => {
    const make = (): never => {
      throw new Error('no');
    };
    expect(() => withTransientStorages(make)).toThrow('no');
    expect(asyncHooks.AsyncLocalStorage).toBe(before);
  });
});
