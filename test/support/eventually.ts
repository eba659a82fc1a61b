import { setImmediate as turn } from 'node:timers/promises';

/**
 * Asks again until the answer passes, for what can only be seen from outside. Throws the last failure after
 * `withinMs`.
 */
export async function eventually<T>(ask: () => Promise<T> | T, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await turn();
    }
  }
}
