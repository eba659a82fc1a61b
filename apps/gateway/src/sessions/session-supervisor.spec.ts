import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NotFoundError } from '#errors';
import type { SessionRecord } from '#store';
import { OneSession, SESSION } from './spec-support/one-session.js';
import type { ScriptedConnection } from './spec-support/scripted-connector.js';
import { Supervised } from './spec-support/supervised.js';

let stored: OneSession;
let clearing: () => Promise<void>;
let life: Supervised;

// The failures here are wanted.
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => {
  Logger.overrideLogger(['error', 'warn']);
});

beforeEach(() => {
  stored = new OneSession();
  clearing = () => Promise.resolve();
  life = new Supervised({ sessions: stored, clear: () => clearing() });
});

afterEach(() => life.stop());

const connection = (number: number): ScriptedConnection => {
  const made = life.connector.connections[number];
  if (!made) throw new Error(`connection ${number} was not made`);
  return made;
};

async function running(): Promise<void> {
  await life.supervisor.start(SESSION);
  await new Promise(setImmediate);
  connection(0).open();
}

describe('what is asked of one session at once', () => {
  it('a start after a deletion is 404, and connects nothing', async () => {
    const deleted = life.unlinker.delete(SESSION);
    await expect(life.supervisor.start(SESSION)).rejects.toThrow(NotFoundError);
    await expect(life.supervisor.restart(SESSION)).rejects.toThrow(NotFoundError);
    await deleted;
    expect(life.registry.runner('s')).toBeUndefined();
    expect(life.connector.connections).toEqual([]);
  });

  it('a start after a logout does not take the session for linked (pain 19)', async () => {
    await running();
    const loggedOut = life.unlinker.logout(SESSION);
    const runner = await life.supervisor.start(SESSION);
    await loggedOut;
    expect(runner?.isPaired).toBe(false);
  });

  it('a stop while it connects leaves no connection behind', async () => {
    await Promise.all([life.supervisor.start(SESSION), life.supervisor.stop(SESSION)]);
    await new Promise(setImmediate);
    expect(life.connector.connections.filter(({ isClosed }) => !isClosed)).toEqual([]);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'stopped' });
  });
});

describe('the limits of a session', () => {
  it('outlive its connections, and end with it', async () => {
    await running();
    const before = life.limits.find('s');
    expect(before).toBeDefined();
    await life.supervisor.stop(SESSION);
    await life.supervisor.start(SESSION);
    expect(life.limits.find('s')).toBe(before);
    await life.supervisor.stop(SESSION);
    await life.unlinker.delete(SESSION);
    expect(life.limits.find('s')).toBeUndefined();
  });

  it('are at once those that are stored', async () => {
    await running();
    const used = jest.spyOn(life.limits, 'of');
    life.registry.for({ ...SESSION, ratePerMin: 7 });
    expect(used).toHaveBeenCalledWith(expect.objectContaining({ ratePerMin: 7 }));
  });
});

describe('a session that ends while the database is away', () => {
  it('is shown as stopped all the same once it is back (pain 21)', async () => {
    await running();
    stored.failures = 1;
    await life.supervisor.stop(SESSION);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'stopped' });
  });

  it('is shown as logged out although its credentials could not be removed (pain 22)', async () => {
    await running();
    clearing = () => Promise.reject(new Error('away'));
    await expect(life.unlinker.logout(SESSION)).rejects.toThrow('away');
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'logged_out' });
    expect(stored.row?.waJid).toBeUndefined();
  });
});

describe('what runs and what is wanted', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  const wanted = (desired: SessionRecord['desired']): void => {
    stored.row = { ...SESSION, desired };
  };
  const boot = async (): Promise<void> => {
    const booted = life.supervisor.onApplicationBootstrap();
    await pass(0);
    await booted;
  };

  it('agree after the start: what is wanted connects, by itself (pain 1)', async () => {
    wanted('running');
    await boot();
    connection(0).open();
    await pass(0);
    expect(stored.row).toMatchObject({ status: 'working' });
  });

  it('are compared from time to time: what was not said to this process is seen, too (pain 22)', async () => {
    await boot();
    wanted('running');
    await pass(31_000);
    connection(0).open();
    expect(life.connector.connections).toHaveLength(1);
    wanted('stopped');
    await pass(31_000);
    expect(connection(0).isClosed).toBe(true);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'stopped' });
    wanted('running');
    await pass(31_000);
    stored.row = undefined;
    await pass(31_000);
    expect(connection(1).isClosed).toBe(true);
  });

  it('agree again soon after a database that was away at the start is back', async () => {
    wanted('running');
    life.leases.failures = 3;
    await boot();
    expect(life.connector.connections).toHaveLength(0);
    await pass(8_000);
    expect(life.connector.connections).toHaveLength(1);
  });

  it('a session that gave up is not brought back because its row does not say so yet (pain 2)', async () => {
    wanted('running');
    await boot();
    connection(0).open();
    await pass(0);
    stored.takesNoWrites = true;
    connection(0).end('replaced');
    await pass(40_000);
    stored.takesNoWrites = false;
    await pass(40_000);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'failed', statusReason: 'replaced' });
    expect(life.connector.connections).toHaveLength(1);
  });

  it('a session that another process took over is closed, left alone, and back once that lets go of it (pain 2)', async () => {
    wanted('running');
    await boot();
    connection(0).open();
    life.leases.take('s');
    await pass(5_000);
    expect(connection(0).isClosed).toBe(true);
    expect(life.registry.runner('s')).toBeUndefined();
    await pass(20_000);
    expect(life.connector.connections).toHaveLength(1);
    life.leases.elsewhere.clear();
    await pass(5_000);
    expect(life.connector.connections).toHaveLength(2);
  });

  it('a session whose lease could not be renewed is closed before that ends, and claimed anew (pain 1)', async () => {
    wanted('running');
    await boot();
    connection(0).open();
    life.leases.failures = 1_000;
    await pass(4_900);
    expect(connection(0).isClosed).toBe(true);
    expect(() => life.registry.for(SESSION)).toThrow('not connected');
    life.leases.failures = 0;
    await pass(5_000);
    connection(1).open();
    await pass(0);
    expect(stored.row).toMatchObject({ status: 'working', desired: 'running' });
  });

  it('a session that another process holds is started as soon as it can be', async () => {
    life.leases.elsewhere.add('s');
    const started = life.supervisor.start(SESSION);
    await pass(0);
    expect(await started).toBeUndefined();
    expect(stored.row).toMatchObject({ desired: 'running', status: 'starting' });
    life.leases.elsewhere.clear();
    await pass(1_000);
    expect(life.connector.connections).toHaveLength(1);
  });
});
