import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { proto } from '@whiskeysockets/baileys';
import type { SimulatedPhone } from './simulated-phone.js';
import type { Client } from './spec-support/client.js';
import { BEN, Rig } from './spec-support/rig.js';
import { bytesOf, child } from './wire/index.js';

const CODE = 'ABCDEFGHIJKLMNOPQRSTUV';

describe('messages to a phone', () => {
  let rig: Rig;
  let ben: SimulatedPhone;
  let client: Client;

  const send = (to: string, inviteCode = CODE): Promise<string> =>
    client.socket.relayMessage(
      to,
      proto.Message.fromObject({
        groupInviteMessage: { groupJid: rig.group, groupName: 'Choir', inviteCode, inviteExpiration: 1_800_000_000 },
      }),
      {},
    );
  const acknowledged = (): Promise<BinaryNode> =>
    new Promise((resolve) => client.socket.ws.once('CB:ack,class:message', resolve));
  const invite = (code = CODE): unknown => ({
    groupJid: rig.group,
    subject: 'Choir',
    code,
    expiresAt: 1_800_000_000,
    from: rig.ada.number,
  });

  beforeEach(async () => {
    // The client's libsignal prints whole sessions.
    jest.spyOn(console, 'info').mockImplementation(() => undefined);
    rig = await Rig.start();
    ben = rig.simulator.phone(BEN);
    client = await rig.connect();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rig.stop();
  });

  it.each(['jid', 'lid'] as const)('bring an invite that is sent to its %s, and are acknowledged', async (address) => {
    const ack = acknowledged();
    const id = await send(ben[address]);
    expect((await ack).attrs).toMatchObject({ class: 'message', id, from: ben[address] });
    expect(await ben.nextInvite()).toEqual(invite());
    expect(ben.invitesReceived).toEqual([invite()]);
  });

  it('are read one after the other, whichever address they are sent to', async () => {
    const next = ben.nextInvite();
    await send(ben.jid, 'first');
    expect(await next).toEqual(invite('first'));
    await send(ben.lid, 'second');
    await send(ben.jid, 'third');
    expect([await ben.nextInvite(), await ben.nextInvite()]).toEqual([invite('second'), invite('third')]);
  });

  it('are not the business of the other devices and phones of those who write', async () => {
    const other = await rig.connect();
    await send(ben.jid);
    await ben.nextInvite();
    expect(rig.ada.invitesReceived).toEqual([]);
    expect(other.socket.ws.isOpen).toBe(true);
  });

  it('can be sent by two devices of an account', async () => {
    await send(ben.jid, 'first');
    client = await rig.connect();
    await send(ben.jid, 'second');
    expect([await ben.nextInvite(), await ben.nextInvite()]).toEqual([invite('first'), invite('second')]);
  });

  it('are read by who has linked devices, too', async () => {
    await ben.provision();
    await send(ben.jid);
    expect(await ben.nextInvite()).toEqual(invite());
  });

  it("are encrypted with each device's own keys, one-time keys as long as there are any", async () => {
    await ben.provision();
    const [device] = ben.devices();
    const bundle = async (jid = ''): Promise<BinaryNode | undefined> => {
      const content = [{ tag: 'key', attrs: {}, content: [{ tag: 'user', attrs: { jid } }] }];
      const query = { tag: 'iq', attrs: { xmlns: 'encrypt', type: 'get', to: 's.whatsapp.net' }, content };
      return child(child((await client.socket.query(query)) as BinaryNode, 'list'), 'user');
    };
    const keys = [await bundle(device?.lid), await bundle(device?.jid), await bundle(device?.lid)];
    expect(keys.map((user) => bytesOf(child(user, 'identity')))).toEqual([1, 2, 3].map(() => device?.keys.identity));
    const oneTime = keys.map((user) => bytesOf(child(child(user, 'key'), 'value'))?.toString('hex'));
    expect([new Set(oneTime).size, oneTime[2], device?.preKeyCount]).toEqual([3, undefined, 810]);
    expect(bytesOf(child(await bundle(ben.lid), 'identity'))).not.toEqual(device?.keys.identity);
    expect(child(await bundle('4915199999999@s.whatsapp.net'), 'error')?.attrs.code).toBe('404');
  });

  it('that are refused are acknowledged with the code, and not delivered', async () => {
    rig.simulator.faults.nack(479, { to: ben.jid });
    const ack = acknowledged();
    await send(ben.jid);
    expect((await ack).attrs).toMatchObject({ class: 'message', error: '479' });
    expect(ben.invitesReceived).toEqual([]);
    await send(ben.jid);
    expect(await ben.nextInvite()).toEqual(invite());
  });

  it('that are swallowed are neither acknowledged nor delivered', async () => {
    const fault = rig.simulator.faults.silence({ tag: 'message' });
    const ack = acknowledged();
    await send(ben.jid, 'lost');
    const id = await send(ben.jid, 'kept');
    expect(await ben.nextInvite()).toEqual(invite('kept'));
    expect((await ack).attrs.id).toBe(id);
    expect(fault.used).toBe(1);
  });

  it('that cannot be read are told of to who waits for one', async () => {
    const next = ben.nextInvite();
    const enc = { tag: 'enc', attrs: { type: 'pkmsg', v: '2' }, content: Buffer.from('nonsense') };
    await client.socket.sendNode({
      tag: 'message',
      attrs: { id: 'A', to: ben.jid, type: 'text' },
      content: [{ tag: 'participants', attrs: {}, content: [{ tag: 'to', attrs: { jid: ben.jid }, content: [enc] }] }],
    });
    await expect(next).rejects.toThrow(`${BEN} cannot read`);
  });

  it('that do not come are not waited for without end', async () => {
    await expect(ben.nextInvite(5)).rejects.toThrow('no invite within 5 ms');
  });
});
