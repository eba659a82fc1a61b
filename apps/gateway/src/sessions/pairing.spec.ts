import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionStatePatch } from '#store';
import type { AccountIdentity } from '#whatsapp';
import { KnownLimits } from './limits/index.js';
import { SessionObservers } from './session-observer.js';
import { SessionRunner } from './session-runner.js';
import { ACCOUNT, ScriptedConnector, type ScriptedConnection } from './spec-support/scripted-connector.js';
import { Turns } from './turns.js';

/** One session that is not linked may be connected at once. */
let turns: Turns;

beforeEach(() => {
  turns = new Turns(5, 1);
});

/** A session on a connector of its own, started. */
class Started {
  readonly connector = new ScriptedConnector();
  readonly saved: SessionStatePatch[] = [];
  readonly offered: [event: string, expiresAt: number][] = [];
  readonly runner: SessionRunner;

  constructor(identity?: AccountIdentity) {
    this.runner = new SessionRunner(
      { sessionId: 's', fence: 1, isHeld: true, lost: new AbortController().signal },
      identity,
      {
        connector: this.connector,
        observers: new SessionObservers(),
        limits: new KnownLimits().of({ id: 's', ratePerMin: 100, ratePerHour: 1_000 }),
        turns,
        save: (patch) => void this.saved.push(patch),
        offered: (event, expiresAt) => void this.offered.push([event, expiresAt]),
        ended: () => undefined,
        log: () => undefined,
      },
    );
    this.runner.start();
  }

  async connections(): Promise<number> {
    await nextTurn();
    return this.connector.connections.length;
  }

  /** The connection, showing a code. */
  async code(): Promise<ScriptedConnection> {
    await nextTurn();
    const connection = this.connector.connections.at(-1);
    if (!connection) throw new Error('it has no connection');
    connection.listener.qr({ code: 'code', expiresAt: Date.now() + 60_000 });
    return connection;
  }
}

describe('a code', () => {
  it('is told of without being told, by scanning and by typing', async () => {
    const session = new Started();
    const connection = await session.code();
    connection.requestPairingCode = () => Promise.resolve({ code: 'ABCD1234', expiresAt: 7 });
    await session.runner.requestPairingCode('6281', new AbortController().signal);
    expect(session.offered).toEqual([
      ['auth.qr', expect.any(Number)],
      ['auth.code', 7],
    ]);
    await session.runner.stop();
  });

  it('that WhatsApp refused is not told of', async () => {
    const session = new Started();
    await session.code();
    const { signal } = new AbortController();
    await expect(session.runner.requestPairingCode('6281', signal)).rejects.toThrow('no code was scripted');
    expect(session.offered.map(([event]) => event)).toEqual(['auth.qr']);
    await session.runner.stop();
  });
});

describe('sessions that wait to be linked, more than there may be at once (pain 4)', () => {
  it('wait for their turn, say so, and show a code when it comes', async () => {
    const first = new Started();
    const connection = await first.code();
    const second = new Started();
    expect(await second.connections()).toBe(0);
    expect(second.saved).toEqual([{ status: 'starting', statusReason: 'waiting_to_pair', nextRetryAt: null }]);
    connection.listener.paired(ACCOUNT);
    expect(await second.connections()).toBe(1);
    expect(second.saved.at(-1)).toEqual({ status: 'starting', statusReason: null, nextRetryAt: null });
  });

  it('never hold up one that is linked', async () => {
    await new Started().code();
    const waiting = new Started();
    const linked = new Started(ACCOUNT);
    expect([await waiting.connections(), await linked.connections()]).toEqual([0, 1]);
  });

  it.each<[string, (first: Started, connection: ScriptedConnection) => unknown]>([
    ['nobody scanned', (_, connection) => connection.end('qr_expired')],
    ['its connection was lost', (_, connection) => connection.end('unavailable')],
    ['it was stopped', ({ runner }) => runner.stop()],
    ['it is linked already, as it turned out', (_, connection) => connection.open()],
  ])('get the place of one when %s', async (_, leave) => {
    const first = new Started();
    const connection = await first.code();
    const second = new Started();
    await leave(first, connection);
    expect(await second.connections()).toBe(1);
    await first.runner.stop();
  });

  it('lose their place in the queue when they are stopped, and it is nobody else who waits for them', async () => {
    const connection = await new Started().code();
    const [stopped, next] = [new Started(), new Started()];
    await stopped.runner.stop();
    connection.end('qr_expired');
    expect([await stopped.connections(), await next.connections()]).toEqual([0, 1]);
  });

  it('are joined by one that was taken for linked and shows a code', async () => {
    const first = new Started(ACCOUNT);
    const connection = await first.code();
    const second = new Started();
    expect(await second.connections()).toBe(0);
    connection.end('qr_expired');
    expect(await second.connections()).toBe(1);
  });

  it('queue again, behind the others, when their own connection was lost', async () => {
    const first = new Started();
    const lost = await first.code();
    const second = new Started();
    lost.end('unavailable');
    expect(await second.connections()).toBe(1);
    first.runner.start();
    expect(await first.connections()).toBe(1);
    expect(first.saved.at(-1)).toMatchObject({ statusReason: 'waiting_to_pair' });
    await first.runner.stop();
  });
});
