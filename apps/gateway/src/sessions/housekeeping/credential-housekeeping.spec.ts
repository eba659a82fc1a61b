import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WhatsAppClient } from '#whatsapp';
import { SessionObservers } from '../session-observer.js';
import { CredentialHousekeeping } from './credential-housekeeping.js';
import type { CredentialPruner } from './credential-pruner.js';

const HALF_AN_HOUR = 32 * 60_000;
const SELF = { phoneJid: '4915100000001@s.whatsapp.net' };

let observers: SessionObservers;
let housekeeping: CredentialHousekeeping;
let pruned: string[];
let prune: (sessionId: string) => Promise<void>;
let warned: jest.SpiedFunction<Logger['warn']>;

const opened = (id: string): void =>
  observers.each((observer) =>
    observer.opened({ id, self: SELF, client: {} as WhatsAppClient }, { sessionId: id, fence: 7 }),
  );
const closed = (id: string): void => observers.each((observer) => observer.closed(id));

function gateOf(): { open(): void; opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}

beforeEach(() => {
  jest.useFakeTimers();
  // It is everybody's turn at once.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  pruned = [];
  prune = () => Promise.resolve();
  const pruner: Pick<CredentialPruner, 'prune'> = {
    prune: ({ lease, account }) => {
      expect([lease.fence, account]).toEqual([7, SELF]);
      pruned.push(lease.sessionId);
      return prune(lease.sessionId);
    },
  };
  observers = new SessionObservers();
  housekeeping = new CredentialHousekeeping(observers, pruner as CredentialPruner);
  housekeeping.onModuleInit();
});

afterEach(async () => {
  await housekeeping.beforeApplicationShutdown();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('the credentials of a session', () => {
  it('are pruned once it has been connected for a while', async () => {
    opened('a');
    await jest.advanceTimersByTimeAsync(59_000);
    expect(pruned).toEqual([]);
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    expect(pruned).toEqual(['a']);
  });

  it('are left alone while it is down', async () => {
    opened('a');
    closed('a');
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    expect(pruned).toEqual([]);
  });

  it('are pruned though those of another one could not be', async () => {
    prune = (id) => (id === 'a' ? Promise.reject(new Error('away')) : Promise.resolve());
    opened('a');
    opened('b');
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    expect(pruned.toSorted()).toEqual(['a', 'b']);
    expect(warned).toHaveBeenCalledTimes(1);
  });

  it('are never pruned beside those of another one, and not at all once that was closed meanwhile', async () => {
    const gate = gateOf();
    prune = () => gate.opened;
    for (const id of ['a', 'b', 'c']) opened(id);
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    expect(pruned).toHaveLength(1);
    const waiting = ['a', 'b', 'c'].filter((id) => !pruned.includes(id));
    closed(waiting[0] ?? '');
    gate.open();
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    expect(pruned.slice(1)).toEqual(waiting.slice(1));
  });

  it('are complete when the gateway stops: the one that is under way is awaited, and no other begun', async () => {
    const gate = gateOf();
    prune = () => gate.opened;
    opened('a');
    opened('b');
    await jest.advanceTimersByTimeAsync(HALF_AN_HOUR);
    const stopped = jest.fn();
    const stopping = housekeeping.beforeApplicationShutdown().then(stopped);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stopped).not.toHaveBeenCalled();
    gate.open();
    await stopping;
    expect(pruned).toHaveLength(1);
  });
});
