import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OneSession, SESSION } from './spec-support/one-session.js';
import type { ScriptedConnection } from './spec-support/scripted-connector.js';
import { Supervised } from './spec-support/supervised.js';

let life: Supervised;
let first: ScriptedConnection;

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn']));

beforeEach(async () => {
  life = new Supervised({ sessions: new OneSession() });
  await life.supervisor.start(SESSION);
  first = await connection(0);
  first.open();
});

afterEach(() => life.stop());

async function connection(number: number): Promise<ScriptedConnection> {
  await settled();
  const made = life.connector.connections[number];
  if (!made) throw new Error(`connection ${number} was not made`);
  return made;
}

/** Everything that does not wait for something from outside has happened. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await nextTurn();
}

describe('while a connection is closing, its session gets no other (pain 2)', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['restarted', () => life.supervisor.restart(SESSION)],
    [
      'stopped and started',
      () =>
        Promise.all([life.supervisor.stop(SESSION), life.supervisor.start(SESSION), life.supervisor.start(SESSION)]),
    ],
    ['logged out and started', () => Promise.all([life.unlinker.logout(SESSION), life.supervisor.start(SESSION)])],
  ])('when it is %s', async (_, ask) => {
    const release = first.holdClosing();
    const asked = ask();
    await settled();
    expect(life.connector.connections).toHaveLength(1);
    release();
    await asked;
    await connection(1);
    expect(first.isClosed).toBe(true);
    expect(life.connector.connections).toHaveLength(2);
  });
});
