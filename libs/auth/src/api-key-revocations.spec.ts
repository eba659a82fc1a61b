import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiKeyRepository, Wakeups } from '#store';
import { ApiKeyRevocations } from './api-key-revocations.js';

describe('ApiKeyRevocations, while the database tells of changes', () => {
  let asked: string[][];
  let existing: Set<string>;
  let revocations: ApiKeyRevocations;
  let isDone: Promise<void>;

  beforeEach(() => {
    let done: () => void = () => undefined;
    isDone = new Promise((resolve) => (done = resolve));
    [asked, existing] = [[], new Set(['key_1', 'key_2'])];
    const keys = {
      existing: (ids: readonly string[]) => {
        asked.push([...ids]);
        setImmediate(done);
        return Promise.resolve(ids.filter((id) => existing.has(id)));
      },
    };
    const wakeups = { isListening: true, on: () => () => undefined };
    revocations = new ApiKeyRevocations(wakeups as unknown as Wakeups, keys as unknown as ApiKeyRepository);
  });
  afterEach(() => revocations.beforeApplicationShutdown());

  it('looks up a key that is watched from now on: it may be gone already', async () => {
    const revoked: string[] = [];
    revocations.watch('key_1', () => revoked.push('key_1'));
    revocations.watch('key_3', () => revoked.push('key_3'));
    await isDone;
    expect(revoked).toEqual(['key_3']);
  });

  it('looks up all that are watched at once with one statement, each of them once', async () => {
    for (const id of ['key_1', 'key_2', 'key_1']) revocations.watch(id, () => undefined);
    await isDone;
    expect(asked).toEqual([['key_1', 'key_2']]);
  });
});
