import { WorldError } from '../world/index.js';
import { bytesOf, child, children, isSignedBy, node, type StanzaNode } from '../wire/index.js';
import type { DeviceQuery, IqHandler } from './iq.js';

const KEY_TYPE = Buffer.of(5);
const PRIVACY = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd'];
const DIGEST_LENGTH = 20;

/** What a device asks around its login, and to stay alive. */
export const ACCOUNT_QUERIES: Readonly<Record<string, IqHandler>> = {
  encrypt,
  passive: ({ device, iq, afterAnswer }) => {
    if (child(iq)?.tag === 'active') afterAnswer(() => device.listen());
    return undefined;
  },
  abt: () => [node('props', { hash: 'sim', refresh: 86_400 })],
  blocklist: () => [node('list')],
  privacy: () => [
    node(
      'privacy',
      {},
      PRIVACY.map((name) => node('category', { name, value: 'all' })),
    ),
  ],
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

function encrypt(query: DeviceQuery): StanzaNode[] | undefined {
  const { device, iq } = query;
  const request = child(iq);
  if (iq.attrs.type === 'get') {
    if (request?.tag === 'count') return [node('count', { value: device.preKeyCount })];
    if (request?.tag === 'digest') return [digest(device.keys.identity)];
    throw WorldError.badRequest();
  }
  return request?.tag === 'rotate' ? rotate(query, request) : upload(query);
}

function digest(identity: Buffer): StanzaNode {
  return node('digest', {}, [node('identity', {}, identity), node('hash', {}, Buffer.alloc(DIGEST_LENGTH))]);
}

/** One-time pre-keys, and the signed one, which has to be signed by the identity that was linked. */
function upload({ device, iq }: DeviceQuery): undefined {
  const identity = bytesOf(child(iq, 'identity'));
  if (identity === undefined || !identity.equals(device.keys.identity)) throw WorldError.notAcceptable();
  requireSignedPreKey(child(iq, 'skey'), identity);
  const list = child(iq, 'list');
  device.preKeyCount += list === undefined ? 0 : children(list, 'key').length;
  return undefined;
}

function rotate({ device }: DeviceQuery, request: StanzaNode): undefined {
  requireSignedPreKey(child(request, 'skey'), device.keys.identity);
  return undefined;
}

function requireSignedPreKey(signed: StanzaNode | undefined, identity: Buffer): void {
  const value = bytesOf(child(signed, 'value'));
  const signature = bytesOf(child(signed, 'signature'));
  if (value === undefined || signature === undefined) throw WorldError.badRequest();
  if (!isSignedBy(identity, Buffer.concat([KEY_TYPE, value]), signature)) throw WorldError.notAcceptable();
}
