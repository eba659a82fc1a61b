import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { EventLog, NewEvent } from '#store';
import { CodeOffers } from './code-offers.js';
import type { SessionStates } from './session-states.js';

const SESSION = { id: 's', organizationId: 'o' };

/** A log that takes each event only when it is let to. */
class HeldLog {
  readonly asked: NewEvent[] = [];
  private readonly held: { resolve: () => void; reject: (error: Error) => void }[] = [];

  append([event]: readonly [NewEvent]): Promise<void> {
    this.asked.push(event);
    return new Promise((resolve, reject) => this.held.push({ resolve, reject }));
  }

  async end(outcome: 'taken' | 'refused'): Promise<void> {
    const held = this.held.shift();
    if (outcome === 'taken') held?.resolve();
    else held?.reject(new Error('away'));
    await nextTurn();
  }

  get told(): [string, object][] {
    return this.asked.map(({ event, payload }) => [event, payload]);
  }
}

describe('the offer of a code', () => {
  let stored = (): Promise<void> => Promise.resolve();
  const states = { save: () => stored() } as unknown as SessionStates;
  let log: HeldLog;
  let offers: CodeOffers;

  beforeEach(() => {
    log = new HeldLog();
    offers = new CodeOffers(log as unknown as EventLog, states);
  });

  it('is told with when it expires and nothing else; while the database is away only the newest of a kind waits', async () => {
    Logger.overrideLogger(false);
    for (const expiresAt of [1, 2, 3]) offers.tell(SESSION, 'auth.qr', expiresAt);
    offers.tell(SESSION, 'auth.code', 9);
    await nextTurn();
    expect(log.asked).toEqual([
      { organizationId: 'o', sessionId: 's', event: 'auth.qr', payload: { expiresAt: 1 } },
      { organizationId: 'o', sessionId: 's', event: 'auth.code', payload: { expiresAt: 9 } },
    ]);
    await log.end('refused');
    await log.end('taken');
    await log.end('taken');
    expect(log.told.slice(2)).toEqual([['auth.qr', { expiresAt: 3 }]]);
    offers.tell(SESSION, 'auth.qr', 4);
    await nextTurn();
    expect(log.told.at(-1)).toEqual(['auth.qr', { expiresAt: 4 }]);
  });

  it('is told after the status by which it came about', async () => {
    let store: () => void = () => undefined;
    stored = () => new Promise((resolve) => (store = resolve));
    offers.tell(SESSION, 'auth.qr', 1);
    await nextTurn();
    expect(log.told).toEqual([]);
    store();
    await nextTurn();
    expect(log.told).toEqual([['auth.qr', { expiresAt: 1 }]]);
  });
});
