import { setTimeout as delay } from 'node:timers/promises';

const TICK_MS = 10;

/**
 * Calls `act` `perSecond` times a second for `seconds`, evenly, whatever each call takes. Resolves when the last one has
 * settled; rejects when one failed.
 */
export async function pace(
  perSecond: number,
  seconds: number,
  act: (index: number) => Promise<unknown>,
): Promise<void> {
  const total = perSecond * seconds;
  const startedAt = performance.now();
  const calls: Promise<unknown>[] = [];
  while (calls.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000) + 1);
    while (calls.length < due) {
      const call = act(calls.length);
      call.catch(() => undefined);
      calls.push(call);
    }
    await delay(TICK_MS);
  }
  await Promise.all(calls);
}
