import { WHATSAPP, type Query } from './query.js';

/** What WhatsApp answers whenever it lives, before a login, too. */
export function ping(): Query<void> {
  return {
    xmlns: 'w:p',
    to: WHATSAPP,
    type: 'get',
    content: { tag: 'ping', attrs: {} },
    expect: [],
    read: () => undefined,
  };
}
