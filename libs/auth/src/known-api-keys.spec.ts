import { describe, expect, it, jest } from '@jest/globals';
import type { ApiKeyRecord, Channel, WakeupListener } from '#store';
import { ApiKeyUsage } from './api-key-usage.js';
import { KnownApiKeys } from './known-api-keys.js';
import { pino } from 'pino';

const RECORD: ApiKeyRecord = {
  id: 'key_1',
  organizationId: 'acme',
  name: 'test',
  capabilities: ['read', 'fly'],
  secretHash: Buffer.alloc(32),
  createdAt: 1,
};

class TestWakeups {
  isListening = true;
  tell: (message: string) => void = () => undefined;

  on(_: Channel, listener: WakeupListener): () => void {
    this.tell = listener;
    return () => undefined;
  }
}

describe('KnownApiKeys', () => {
  it('asks the store once for a key', async () => {
    const findById = jest.fn((_: string) => Promise.resolve<ApiKeyRecord | undefined>(RECORD));
    const keys = new KnownApiKeys({ findById }, new TestWakeups());
    await keys.find('key_1');
    await keys.find('key_1');
    expect(findById).toHaveBeenCalledTimes(1);
  });

  it('forgets a key at once when it is dropped', async () => {
    let stored: ApiKeyRecord | undefined = RECORD;
    const keys = new KnownApiKeys({ findById: () => Promise.resolve(stored) }, new TestWakeups());
    await keys.find('key_1');
    stored = undefined;
    keys.drop('key_1');
    expect(await keys.find('key_1')).toBeUndefined();
  });

  it('does not remember what it had read before a key was dropped', async () => {
    let resolve: (record: ApiKeyRecord) => void = () => undefined;
    const promise = new Promise<ApiKeyRecord>((done) => {
      resolve = done;
    });
    const findById = jest.fn<(id: string) => Promise<ApiKeyRecord | undefined>>();
    findById.mockReturnValueOnce(promise).mockResolvedValueOnce(undefined);
    const keys = new KnownApiKeys({ findById }, new TestWakeups());
    const reading = keys.find('key_1');
    keys.drop('key_1');
    resolve(RECORD);
    await reading;
    expect(await keys.find('key_1')).toBeUndefined();
  });

  it('leaves out capabilities that it does not know', async () => {
    const keys = new KnownApiKeys({ findById: () => Promise.resolve(RECORD) }, new TestWakeups());
    expect([...((await keys.find('key_1'))?.principal.capabilities ?? [])]).toEqual(['read']);
  });
});

describe('ApiKeyUsage', () => {
  it('stores the first use at once and the next ones of that minute not at all', async () => {
    const touch = jest.fn((_: string, __: number) => Promise.resolve());
    const usage = new ApiKeyUsage({ touch }, pino({ level: 'silent' }));
    for (let use = 0; use < 10; use++) usage.used('key_1');
    usage.used('key_2');
    await usage.settle();
    expect(touch.mock.calls.map(([id]) => id)).toEqual(['key_1', 'key_2']);
  });

  it('tries again with the next use when the store was away', async () => {
    const touch = jest.fn<(id: string, at: number) => Promise<void>>();
    touch.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(undefined);
    const usage = new ApiKeyUsage({ touch }, pino({ level: 'silent' }));
    usage.used('key_1');
    await usage.settle();
    usage.used('key_1');
    await usage.settle();
    expect(touch).toHaveBeenCalledTimes(2);
  });
});
