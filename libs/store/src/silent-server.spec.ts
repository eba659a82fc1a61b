import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { breakWhenSilent } from './silent-server.js';

/** A connection that has been silent for as long as it may be. */
function silent(readyForQuery: boolean): NodeJS.ErrnoException | undefined {
  let broken: NodeJS.ErrnoException | undefined;
  const stream = {
    setTimeout: (_: number, told: () => void) => told(),
    destroy: (error: Error) => (broken = error),
  };
  breakWhenSilent({ readyForQuery, connection: { stream } } as unknown as pg.ClientBase, 20_000);
  return broken;
}

describe('a silent connection', () => {
  it('breaks when a statement is under way', () => {
    expect(silent(false)).toMatchObject({ code: 'ETIMEDOUT', message: 'the database said nothing for 20000 ms' });
  });

  it('stays when nobody waits for anything', () => {
    expect(silent(true)).toBeUndefined();
  });
});
