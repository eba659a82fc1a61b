import { WHATSAPP, type Query } from './query.js';

/** Unlinks this device: what the phone shows under "linked devices" goes away. */
export function companionRemoval(deviceJid: string): Query<void> {
  return {
    xmlns: 'md',
    to: WHATSAPP,
    type: 'set',
    content: { tag: 'remove-companion-device', attrs: { jid: deviceJid, reason: 'user_initiated' } },
    expect: [],
    read: () => undefined,
  };
}
