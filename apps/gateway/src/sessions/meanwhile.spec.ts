import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OneSession, SESSION } from './spec-support/one-session.js';
import type { ScriptedConnection } from './spec-support/scripted-connector.js';
import { Supervised } from './spec-support/supervised.js';

let stored: OneSession;
let life: Supervised;

// The failures here are wanted.
beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn']));

beforeEach(() => {
  jest.useFakeTimers();
  stored = new OneSession();
  life = new Supervised({ sessions: stored });
});

afterEach(async () => {
  await life.stop();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

const connection = (number: number): ScriptedConnection => {
  const made = life.connector.connections[number];
  if (!made) throw new Error(`connection ${number} was not made`);
  return made;
};

async function boot(): Promise<void> {
  const booted = life.supervisor.onApplicationBootstrap();
  await pass(0);
  await booted;
}

describe('what happens to sessions while something else does', () => {
  it('a session that gives up while it is restarted runs all the same: that is what was asked for last', async () => {
    stored.row = { ...SESSION, desired: 'running' };
    await boot();
    connection(0).open();
    const update = stored.updateState.bind(stored);
    jest.spyOn(stored, 'updateState').mockImplementation(async (id, patch) => {
      const row = await update(id, patch);
      if (patch.desired === 'running') connection(0).end('replaced');
      return row;
    });
    const restarted = life.supervisor.restart(SESSION);
    await pass(0);
    await restarted;
    connection(1).open();
    await pass(40_000);
    expect(stored.row).toMatchObject({ desired: 'running', status: 'working' });
  });

  it('a session that gets its lease while the process stops has no connection left', async () => {
    const claim = life.leases.claim.bind(life.leases);
    jest.spyOn(life.leases, 'claim').mockImplementationOnce(async (ids) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return claim(ids);
    });
    const started = life.supervisor.start(SESSION);
    await pass(1);
    stored.takesNoWrites = true;
    // What it was seen to be is still to be stored when the process stops.
    life.supervisor.stop({ ...SESSION, id: 'other' }).catch(() => undefined);
    await pass(0);
    const stopped = life.stop();
    await pass(10_000);
    await Promise.all([started, stopped]);
    expect(life.connector.connections).toHaveLength(1);
    expect(life.connector.connections.filter(({ isClosed }) => !isClosed)).toEqual([]);
  });

  it('a session that is busy keeps no other from coming back (pain 1)', async () => {
    const both = [SESSION, { ...SESSION, id: 'busy' }].map((row) => ({ ...row, desired: 'running' as const }));
    jest.spyOn(stored, 'listRunning').mockImplementation(() => Promise.resolve(both));
    jest.spyOn(stored, 'stateOf').mockImplementation((id) => Promise.resolve(both.find((row) => row.id === id)));
    await boot();
    const release = connection(1).holdClosing();
    void life.supervisor.stop({ ...SESSION, id: 'busy' });
    life.leases.take('s');
    await pass(5_000);
    life.leases.elsewhere.clear();
    await pass(5_000);
    expect(life.connector.connections).toHaveLength(3);
    release();
  });

  it('is mended soon, however often something gives cause to', async () => {
    await boot();
    const compared = jest.spyOn(stored, 'listRunning');
    life.leases.elsewhere.add('s');
    for (let asked = 0; asked < 30; asked++) {
      void life.supervisor.start(SESSION);
      await pass(200);
    }
    expect(compared.mock.calls.length).toBeGreaterThan(1);
  });
});
