import { child, children, node, type StanzaNode } from '../wire/index.js';
import type { IqHandler } from './iq.js';

const PRIVACY = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd'];

/** What a device asks around its login, and to stay alive. */
export const ACCOUNT_QUERIES: Readonly<Record<string, IqHandler>> = {
  passive: ({ device, iq, afterAnswer }) => {
    if (child(iq)?.tag === 'active') afterAnswer(() => device.listen());
    return undefined;
  },
  abt: () => [node('props', { hash: 'sim', refresh: 86_400 })],
  blocklist: () => [node('list')],
  /** What is set there are tokens for those whom the account writes to; nothing here depends on them. */
  privacy: ({ iq }) => (iq.attrs.type === 'set' ? undefined : [privacySettings()]),
  'w:p': () => undefined,
  'urn:xmpp:whatsapp:dirty': () => undefined,
  'urn:xmpp:whatsapp:push': () => undefined,
  'w:stats': () => undefined,
  'w:sync:app:state': ({ iq }) => {
    const wanted = children(child(iq) ?? iq, 'collection');
    return [
      node(
        'sync',
        {},
        wanted.map(({ attrs }) => node('collection', { name: attrs.name, version: attrs.version ?? 0 })),
      ),
    ];
  },
};

function privacySettings(): StanzaNode {
  return node(
    'privacy',
    {},
    PRIVACY.map((name) => node('category', { name, value: 'all' })),
  );
}
