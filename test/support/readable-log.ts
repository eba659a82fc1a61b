import { LOG_START, type EventLog } from '#store';
import { eventually } from './eventually.js';

/**
 * Resolves once all that was appended can be read. Transactions of any database of the server hold events back, those of
 * tests that run beside this one, too.
 */
export async function readable(log: EventLog): Promise<void> {
  await eventually(async () => {
    if ((await log.read(LOG_START, 1)).isHeldBack) throw new Error('an older transaction has not ended');
  });
}
