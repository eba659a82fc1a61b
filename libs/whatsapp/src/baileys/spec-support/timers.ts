import { jest } from '@jest/globals';

/** From here on, until `jest.useRealTimers`, timers fire when a spec moves them; sockets and promises go on by themselves. */
export function holdTimers(): void {
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
}
