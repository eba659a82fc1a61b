import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionRepository, SessionStatePatch } from '#store';
import { SessionStates } from './session-states.js';

function statesOver(update: (patch: SessionStatePatch) => Promise<void>): {
  states: SessionStates;
  written: SessionStatePatch[];
} {
  const written: SessionStatePatch[] = [];
  const sessions = {
    updateState: async (_: string, patch: SessionStatePatch) => {
      await update(patch);
      written.push(patch);
    },
  } as unknown as SessionRepository;
  return { states: new SessionStates(sessions), written };
}

// The failures here are wanted.
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => {
  Logger.overrideLogger(['error', 'warn']);
});

describe('what a running session observes of itself', () => {
  it('is written as one statement when it changes within a tick', async () => {
    const { states, written } = statesOver(() => Promise.resolve());
    void states.save('s', { status: 'starting', statusReason: 'paired' });
    await states.save('s', { status: 'working', statusReason: null });
    expect(written).toEqual([{ status: 'working', statusReason: null }]);
  });

  it('keeps its order while a write is under way', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let writes = 0;
    const { states, written } = statesOver(() => (writes++ === 0 ? held : Promise.resolve()));
    const first = states.save('s', { status: 'starting' });
    await Promise.resolve();
    const second = states.save('s', { status: 'scan_qr_code' });
    void states.save('s', { status: 'working' });
    release();
    await Promise.all([first, second]);
    expect(written.map(({ status }) => status)).toEqual(['starting', 'working']);
  });

  it('outlives a database that is away, with the newest of each', async () => {
    let failures = 1;
    const { states, written } = statesOver(() =>
      failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(),
    );
    const saved = states.save('s', { status: 'starting', statusReason: 'reconnecting' });
    await saved;
    expect(written).toEqual([{ status: 'starting', statusReason: 'reconnecting' }]);
    expect(failures).toBe(-1);
  });

  it('does not keep a process that stops waiting for a database that is away', async () => {
    const { states, written } = statesOver(() => Promise.reject(new Error('away')));
    void states.save('s', { status: 'working' });
    await states.close();
    expect(written).toEqual([]);
  });
});
