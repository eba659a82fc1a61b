import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

/**
 * An AsyncLocalStorage that is switched on only while something runs in it. For work that nobody goes on with once the
 * promise of `run` has settled: then there is nothing left to remember.
 */
export class TransientStorage<T> extends AsyncLocalStorage<T> {
  private running = 0;

  override run<R>(store: T, work: (...args: never[]) => R, ...args: never[]): R {
    this.running++;
    const ended = (): void => {
      this.running--;
      if (this.running === 0) this.disable();
    };
    try {
      const result = super.run(store, work as (...args: unknown[]) => R, ...args);
      Promise.resolve(result).then(ended, ended);
      return result;
    } catch (error) {
      ended();
      throw error;
    }
  }
}

/**
 * What Baileys makes within `make`, it makes with transient storages.
 *
 * Each of its sockets has an AsyncLocalStorage for its transactions, which is on from the first of them and never off
 * again. Until Node 24 every storage that is on costs something at every promise of the process, so that 200 sessions
 * (or 200 connections of one, one after the other) made every request five times as expensive. There is no option for
 * it. The class is exchanged for this call alone: others may rely on a storage that outlives `run`.
 */
export function withTransientStorages<T>(make: () => T): T {
  exchange(TransientStorage);
  try {
    return make();
  } finally {
    exchange(AsyncLocalStorage);
  }
}

function exchange(storage: typeof AsyncLocalStorage): void {
  Object.assign(asyncHooks, { AsyncLocalStorage: storage });
  syncBuiltinESMExports();
}
