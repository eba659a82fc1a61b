import type { DueDelivery, LaneWork } from '#store';

/**
 * What to try, in which order: what is new in the order of the log, and between each two of them one that was tried
 * before, so that neither waits for all of the other.
 */
export function inTurn({ first, again }: Pick<LaneWork, 'first' | 'again'>): DueDelivery[] {
  const turns: DueDelivery[] = [];
  for (let n = 0; n < Math.max(first.length, again.length); n++) {
    const [next, tried] = [first[n], again[n]];
    if (next) turns.push(next);
    if (tried) turns.push(tried);
  }
  return turns;
}
