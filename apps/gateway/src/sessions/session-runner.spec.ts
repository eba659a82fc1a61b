import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SessionStatePatch } from '#store';
import { WhatsAppRefusedError, type CloseKind, type HeldLease } from '#whatsapp';
import { KnownLimits, type SessionLimits } from './limits/index.js';
import { SessionObservers } from './session-observer.js';
import type { Ending } from './runner-parts.js';
import { SessionRunner } from './session-runner.js';
import { ACCOUNT, ScriptedConnector, type ScriptedConnection } from './spec-support/scripted-connector.js';
import { Turns } from './turns.js';

const NOTIFICATION = { groupJid: '2@g.us', at: 1, changes: [] };

let connector: ScriptedConnector;
let saved: SessionStatePatch[];
let ended: Ending[];
let limits: SessionLimits;
let runner: SessionRunner;
let losing: AbortController;
let observers: SessionObservers;
let lease: { isHeld: boolean } & HeldLease;

beforeEach(() => {
  jest.useFakeTimers();
  connector = new ScriptedConnector();
  saved = [];
  losing = new AbortController();
  ended = [];
  limits = new KnownLimits().of({ id: 's', ratePerMin: 100, ratePerHour: 1_000 });
  observers = new SessionObservers();
  lease = { sessionId: 's', fence: 1, isHeld: true, lost: losing.signal };
  runner = new SessionRunner(lease, ACCOUNT, {
    connector,
    observers,
    limits,
    turns: new Turns(1, 1),
    save: (patch) => void saved.push(patch),
    offered: () => undefined,
    ended: (how) => void ended.push(how),
    log: () => undefined,
    random: () => 0,
  });
  runner.start();
});

afterEach(async () => {
  await runner.stop();
  jest.useRealTimers();
});

async function connection(number: number): Promise<ScriptedConnection> {
  await jest.advanceTimersByTimeAsync(0);
  const found = connector.connections[number];
  if (!found) throw new Error(`connection ${number} was not made`);
  return found;
}

/** Milliseconds until the next attempt, by what the API shows. */
function wait(): number {
  const { nextRetryAt } = saved.at(-1) ?? {};
  return nextRetryAt ? nextRetryAt - Date.now() : 0;
}

async function failTwelveTimes(kind: CloseKind, opens: boolean): Promise<number[]> {
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    const current = await connection(n);
    if (opens) current.open();
    current.end(kind);
    waits.push(wait());
    await jest.advanceTimersByTimeAsync(wait());
  }
  return waits;
}

describe('a session whose connection ends', () => {
  it.each<[CloseKind, boolean]>([
    ['unavailable', false],
    ['unavailable', true],
    ['restart_required', true],
  ])('again and again (%s, logged in first: %s) waits longer each time, up to a cap (pain 5)', async (kind, opens) => {
    const waits = await failTwelveTimes(kind, opens);
    expect(waits).toEqual([...waits].sort((one, other) => one - other));
    expect(waits.slice(-3)).toEqual([2_000, 2_000, 2_000]);
    expect(ended).toEqual([]);
  });

  it.each<CloseKind>(['client_outdated', 'untrusted_server'])('as %s is tried seldom (pain 5)', async (kind) => {
    expect((await failTwelveTimes(kind, false)).at(-1)).toBe(30_000);
  });

  it('after it lasted is back at once: what went before does not count', async () => {
    for (let n = 0; n < 4; n++) {
      (await connection(n)).end('unavailable');
      await jest.advanceTimersByTimeAsync(wait());
    }
    const lasting = await connection(4);
    lasting.open();
    await jest.advanceTimersByTimeAsync(10_000);
    lasting.end('unavailable');
    expect(wait()).toBe(250);
  });

  it('because the device was just linked connects anew at once, however long that took to come about (pain 19)', async () => {
    (await connection(0)).end('unavailable');
    await jest.advanceTimersByTimeAsync(wait());
    const linking = await connection(1);
    linking.listener.qr({ code: 'code', expiresAt: Date.now() + 60_000 });
    linking.listener.paired(ACCOUNT);
    linking.end('restart_required');
    expect(saved.at(-1)).toEqual({ status: 'starting', statusReason: 'restart_required', nextRetryAt: null });
    await connection(2);
  });

  it('because nobody scanned any code says so, and shows no other by itself (pain 19)', async () => {
    const linking = await connection(0);
    linking.listener.qr({ code: 'code', expiresAt: Date.now() + 60_000 });
    expect(runner.qr?.code).toBe('code');
    linking.end('qr_expired');
    expect(saved.at(-1)).toMatchObject({ status: 'failed', statusReason: 'qr_expired', desired: 'stopped' });
    expect(runner.qr).toBeUndefined();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(connector.connections).toHaveLength(1);
    expect(ended).toEqual(['gave_up']);
  });

  it('as replaced is not connected again by anything that was still waiting (pain 2)', async () => {
    (await connection(0)).end('unavailable');
    await jest.advanceTimersByTimeAsync(wait());
    (await connection(1)).end('replaced');
    await jest.advanceTimersByTimeAsync(600_000);
    expect(connector.connections).toHaveLength(2);
    expect(ended).toEqual(['gave_up']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not connected again once it was stopped while it waited', async () => {
    (await connection(0)).end('unavailable');
    await runner.stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(connector.connections).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('what WhatsApp tells of a group', () => {
  const nothing = (): void => undefined;

  it('is handled when everybody has handled it who wants to know', async () => {
    const handled: (() => void)[] = [];
    const notified = (): Promise<void> => new Promise((resolve) => handled.push(resolve));
    for (let n = 0; n < 2; n++) observers.add({ opened: nothing, notified, groupsDirty: nothing, closed: nothing });
    let isHandled = false;
    const told = Promise.resolve((await connection(0)).listener.groupNotification(NOTIFICATION));
    const done = told.then(() => (isHandled = true));
    handled[0]?.();
    await jest.advanceTimersByTimeAsync(0);
    expect([handled.length, isHandled]).toEqual([2, false]);
    handled[1]?.();
    await done;
  });

  it('is not handled where one of them fails, nor while somebody else may have the session', async () => {
    const { listener } = await connection(0);
    await expect(listener.groupNotification(NOTIFICATION)).resolves.toBeUndefined();
    lease.isHeld = false;
    await expect(listener.groupNotification(NOTIFICATION)).rejects.toThrow();
    lease.isHeld = true;
    const notified = (): never => {
      throw new Error('not stored');
    };
    observers.add({ opened: nothing, notified, groupsDirty: nothing, closed: nothing });
    await expect(listener.groupNotification(NOTIFICATION)).rejects.toThrow('not stored');
  });
});

describe('the client of a session', () => {
  it('asks again what it asked before WhatsApp told of a change (pain 7)', async () => {
    const current = await connection(0);
    let asked = 0;
    Object.assign(current.client, { fetchGroup: () => new Promise(() => asked++) });
    current.open();
    const ask = (): void => void runner.client.fetchGroup('1@g.us');
    ask();
    ask();
    expect(asked).toBe(1);
    void current.listener.groupNotification(NOTIFICATION);
    ask();
    expect(asked).toBe(2);
    current.listener.groupsDirty();
    ask();
    expect(asked).toBe(3);
  });

  it('heeds nothing that WhatsApp said before the session was linked anew (pain 14)', async () => {
    const restrictedUntil = Date.now() + 3_600_000;
    limits.refused('action', new WhatsAppRefusedError(463, '', undefined, { restrictedUntil }));
    limits.refused('action', new WhatsAppRefusedError(429, ''));
    expect(() => limits.admit('action')).toThrow();
    (await connection(0)).listener.paired(ACCOUNT);
    expect(() => limits.admit('action')).not.toThrow();
  });
});
