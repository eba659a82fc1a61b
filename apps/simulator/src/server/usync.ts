import type { Account, World } from '../world/index.js';
import { child, children, node, text, textOf, type StanzaNode } from '../wire/index.js';
import type { DeviceRegistry } from './device-registry.js';
import type { IqHandler } from './iq.js';

/** `usync`: who is behind phone numbers and JIDs, and with which devices. Answers what it is asked for, of what it knows. */
export function usyncHandler(world: World, devices: DeviceRegistry): IqHandler {
  return ({ iq }) => {
    const request = child(iq, 'usync');
    const asked = children(child(request, 'query') ?? iq).map(({ tag }) => tag);
    const users = children(child(request, 'list') ?? iq, 'user').map((user) => {
      const asking = textOf(child(user, 'contact'));
      const number = asking?.replace(/^\+/, '');
      const account = world.directory.find(user.attrs.jid ?? number ?? '');
      const jid = user.attrs.jid ?? account?.phoneJid ?? `${number}@s.whatsapp.net`;
      return node(
        'user',
        { jid },
        asked.flatMap((what) => (what === 'contact' ? [contact(account, asking)] : describe(what, account, devices))),
      );
    });
    const { sid, mode, context } = request?.attrs ?? {};
    return [node('usync', { sid, mode, context, index: 0, last: 'true' }, [node('result'), node('list', {}, users)])];
  };
}

/** Whether the number is on WhatsApp; it is told back as it was asked. */
function contact(account: Account | undefined, asking: string | undefined): StanzaNode {
  return node('contact', { type: account === undefined ? 'out' : 'in' }, asking === undefined ? asking : text(asking));
}

function describe(what: string, account: Account | undefined, devices: DeviceRegistry): StanzaNode[] {
  if (account === undefined) return [];
  if (what === 'lid') return [node('lid', { val: account.lidJid })];
  if (what !== 'devices') return [];
  const companions = devices.of(account).map(({ id }) => node('device', { id, 'key-index': id }));
  return [node('devices', {}, [node('device-list', {}, [node('device', { id: 0 }), ...companions])])];
}
