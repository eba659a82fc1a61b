import type { GroupWriter, News } from '#store';
import type { LiveSession } from '../sessions/index.js';

/** Each further try means that something newer was stored while WhatsApp answered. */
const TRIES = 5;

/**
 * Asks WhatsApp for one group and stores it, never over something newer. Passes on what WhatsApp refuses. `news`: what
 * brought the account into it, if that is why it is read.
 */
export async function readGroup(live: LiveSession, groupJid: string, writer: GroupWriter, news?: News): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const askedAt = Date.now();
    const group = await live.client.fetchGroup(groupJid);
    if ((await writer.save(live.id, group, live.self, { askedAt, news })) !== 'stale') return;
  }
}
