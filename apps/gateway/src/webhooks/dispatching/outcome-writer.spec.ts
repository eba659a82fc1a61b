import { beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayUnavailableError } from '#errors';
import type { DeliveryOutcome } from '#store';
import { OutcomeWriter } from './outcome-writer.js';

let written: string[][];
let answer: (ids: string[]) => Promise<void>;
let troubles: unknown[];
let onAway: () => void;
let writer: OutcomeWriter;

beforeEach(() => {
  written = [];
  troubles = [];
  answer = () => Promise.resolve();
  const outcomes = {
    write: async (batch: readonly DeliveryOutcome[]) => {
      const ids = batch.map(({ deliveryId }) => deliveryId);
      await answer(ids);
      written.push(ids);
      return [];
    },
  };
  onAway = () => undefined;
  writer = new OutcomeWriter(outcomes, (error) => {
    troubles.push(error);
    onAway();
  });
});

const write = (deliveryId: string): Promise<void> =>
  writer.write({
    claim: { webhookId: 'w', lane: 0, claimId: 'c' },
    deliveryId,
    attempts: 0,
    latencyMs: 1,
    result: { status: 'delivered' },
  });

const away = () => new GatewayUnavailableError('away', 1);

describe('outcomes', () => {
  it('of all lanes are written together', async () => {
    await Promise.all([write('a'), write('b'), write('c')]);
    expect(written).toEqual([['a', 'b', 'c']]);
    await write('d');
    expect(written).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('are not more than the database takes at once', async () => {
    await Promise.all(Array.from({ length: 1_201 }, (_, n) => write(String(n))));
    expect(written.map(({ length }) => length)).toEqual([500, 500, 201]);
  });

  it('wait for a database that is away, and are in order then', async () => {
    let failures = 2;
    answer = () => (failures-- > 0 ? Promise.reject(away()) : Promise.resolve());
    await Promise.all([write('a'), write('b')]);
    expect(written).toEqual([['a', 'b']]);
    expect(troubles).toHaveLength(2);
  });

  it('are given up when the process ends while it is away', async () => {
    answer = () => Promise.reject(away());
    onAway = () => writer.giveUp();
    const [one, two] = [write('a'), write('b')];
    await Promise.all([one, two].map((given) => expect(given).rejects.toThrow('away')));
    expect(troubles).toHaveLength(1);
  });

  it('that cannot be written keep no other from it', async () => {
    answer = (ids) => (ids.includes('bad') ? Promise.reject(new Error('no such thing')) : Promise.resolve());
    const [good, bad, other] = [write('good'), write('bad'), write('other')];
    await expect(bad).rejects.toThrow('no such thing');
    await Promise.all([good, other]);
    expect(written).toEqual([['good'], ['other']]);
  });
});
