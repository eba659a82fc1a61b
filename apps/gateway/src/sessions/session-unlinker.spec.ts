import { Logger } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeptLease } from '#cluster';
import { GatewayUnavailableError, NotFoundError } from '#errors';
import { CredentialsUnreadableError } from '#whatsapp';
import { OneSession, SESSION } from './spec-support/one-session.js';
import type { ScriptedConnection } from './spec-support/scripted-connector.js';
import { Supervised } from './spec-support/supervised.js';

let stored: OneSession;
let cleared: number;
let clearing: () => Promise<void>;
let life: Supervised;

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn']));

beforeEach(() => {
  stored = new OneSession();
  cleared = 0;
  clearing = () => Promise.resolve(void cleared++);
  life = new Supervised({ sessions: stored, clear: () => clearing() });
});

afterEach(() => life.stop());

/** Everything that does not wait for something from outside has happened. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await nextTurn();
}

async function connection(number: number): Promise<ScriptedConnection> {
  await settled();
  const made = life.connector.connections[number];
  if (!made) throw new Error(`connection ${number} was not made`);
  return made;
}

describe('the credentials of a device that is still linked', () => {
  it('are kept when the database did not say whether there are any: nobody could unlink it any more (pain 22)', async () => {
    life.connector.paired = () => Promise.reject(new GatewayUnavailableError('away', 5));
    await expect(life.unlinker.logout(SESSION)).rejects.toThrow('away');
    await expect(life.unlinker.delete(SESSION)).rejects.toThrow('away');
    expect(cleared).toBe(0);
    expect(stored.row).toMatchObject({ status: 'stopped', waJid: SESSION.waJid });
  });

  it('are removed when nobody can read them', async () => {
    life.connector.paired = () => Promise.reject(new CredentialsUnreadableError('damaged'));
    await life.unlinker.logout(SESSION);
    expect(cleared).toBe(1);
    expect(stored.row).toMatchObject({ status: 'logged_out' });
  });

  it('unlink it over a connection of their own when the one there is closes for want of a lease (pain 22)', async () => {
    life.connector.paired = () => Promise.resolve(true);
    await life.supervisor.start(SESSION);
    const first = await connection(0);
    first.open();
    const release = first.holdClosing();
    (life.registry.runner('s')?.lease as KeptLease).lose('ran_out');
    const loggedOut = life.unlinker.logout(SESSION);
    await settled();
    release();
    const second = await connection(1);
    second.open();
    await loggedOut;
    expect(second.isLoggedOut).toBe(true);
    expect(cleared).toBe(1);
  });
});

describe('after a session was deleted, or its credentials could not be', () => {
  it('another deletion is 404', async () => {
    await life.unlinker.delete(SESSION);
    life.leases.elsewhere.add('s');
    await expect(life.unlinker.delete(SESSION)).rejects.toThrow(NotFoundError);
  });

  it('no lease is kept', async () => {
    clearing = () => Promise.reject(new Error('away'));
    await expect(life.unlinker.logout(SESSION)).rejects.toThrow('away');
    expect(life.leases.held).toEqual(new Set());
  });
});
