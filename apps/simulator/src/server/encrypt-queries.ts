import { bundleNode, type KeyBundle, type Messages } from '../messages/index.js';
import { WorldError, type World } from '../world/index.js';
import { bytesOf, child, children, isSignedBy, node, type StanzaNode } from '../wire/index.js';
import type { DeviceRegistry } from './device-registry.js';
import type { DeviceQuery, IqHandler } from './iq.js';

const KEY_TYPE = Buffer.of(5);
const DIGEST_LENGTH = 20;
const DEVICE_ID = /:(\d+)@/;

/** `encrypt`: a device's own keys, and those of whom it wants to write to. */
export function encryptHandler(world: World, devices: DeviceRegistry, messages: Messages): IqHandler {
  const bundleOf = (jid: string): KeyBundle | undefined => {
    const account = world.directory.find(jid);
    const id = Number(DEVICE_ID.exec(jid)?.[1] ?? 0);
    if (account === undefined) return undefined;
    return id === 0 ? messages.bundleOf(account) : devices.find(account, id)?.takeBundle();
  };
  return (query) => {
    const { device, iq } = query;
    const request = child(iq);
    if (iq.attrs.type !== 'get') return request?.tag === 'rotate' ? rotate(query, request) : upload(query);
    if (request?.tag === 'count') return [node('count', { value: device.preKeyCount })];
    if (request?.tag === 'digest') return [digest(device.keys.identity)];
    if (request?.tag !== 'key') throw WorldError.badRequest();
    const users = children(request, 'user').map(({ attrs: { jid = '' } }) => {
      const bundle = bundleOf(jid);
      return bundle === undefined ? unknownUser(jid) : bundleNode(jid, bundle);
    });
    return [node('list', {}, users)];
  };
}

function unknownUser(jid: string): StanzaNode {
  const { code, text } = WorldError.notFound();
  return node('user', { jid }, [node('error', { code, text })]);
}

function digest(identity: Buffer): StanzaNode {
  return node('digest', {}, [node('identity', {}, identity), node('hash', {}, Buffer.alloc(DIGEST_LENGTH))]);
}

/** One-time pre-keys, and the signed one, which has to be signed by the identity that was linked. */
function upload({ device, iq }: DeviceQuery): undefined {
  const identity = bytesOf(child(iq, 'identity'));
  if (identity === undefined || !identity.equals(device.keys.identity)) throw WorldError.notAcceptable();
  const registration = child(iq, 'registration');
  if (registration === undefined) throw WorldError.badRequest();
  const list = child(iq, 'list');
  device.storeKeys(registration, requireSignedPreKey(child(iq, 'skey'), identity), list ? children(list, 'key') : []);
  return undefined;
}

function rotate({ device }: DeviceQuery, request: StanzaNode): undefined {
  device.replaceSignedKey(requireSignedPreKey(child(request, 'skey'), device.keys.identity));
  return undefined;
}

function requireSignedPreKey(signed: StanzaNode | undefined, identity: Buffer): StanzaNode {
  const value = bytesOf(child(signed, 'value'));
  const signature = bytesOf(child(signed, 'signature'));
  if (signed === undefined || value === undefined || signature === undefined) throw WorldError.badRequest();
  if (!isSignedBy(identity, Buffer.concat([KEY_TYPE, value]), signature)) throw WorldError.notAcceptable();
  return signed;
}
