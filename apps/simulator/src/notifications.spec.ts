import type { BinaryNode } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator } from './simulator.js';
import type { SimulatedPhone } from './simulated-phone.js';
import { Client, loggedIn } from './spec-support/client.js';

const ADA = '4915100000001';
const BEN = '4915100000002';
const CLEO = '4915100000003';

describe.each(['lid', 'pn'] as const)('notifications of groups addressed by %s', (addressingMode) => {
  let simulator: Simulator;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let cleo: SimulatedPhone;
  let group: string;
  const clients: Client[] = [];

  const address = (phone: SimulatedPhone): string => (addressingMode === 'lid' ? phone.lid : phone.jid);
  const connect = async (phone: SimulatedPhone): Promise<Client> => {
    const client = await loggedIn(simulator, phone);
    clients.push(client);
    return client;
  };
  const notification = (client: Client): Promise<BinaryNode> =>
    new Promise((resolve) => client.socket.ws.once('CB:notification,type:w:gp2', resolve));
  const content = async (client: Client, change: () => unknown): Promise<unknown> => {
    const told = notification(client);
    change();
    return (await told).content;
  };

  beforeEach(async () => {
    simulator = await Simulator.start({ switches: { defaultAddressingMode: addressingMode } });
    ada = simulator.createAccount({ phone: ADA, name: 'Ada' });
    ben = simulator.createAccount({ phone: BEN, name: 'Ben' });
    cleo = simulator.createAccount({ phone: CLEO, name: 'Cleo' });
    group = ben.createGroup({ subject: 'Choir', participants: [ADA] });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await simulator.stop();
  });

  it('names the group, the actor by both addresses, and the time', async () => {
    const client = await connect(ada);
    const told = notification(client);
    ben.changeSubject(group, 'Quartet');
    const { attrs } = await told;
    expect(attrs).toMatchObject({
      from: group,
      type: 'w:gp2',
      participant: address(ben),
      [addressingMode === 'lid' ? 'participant_pn' : 'participant_lid']: addressingMode === 'lid' ? ben.jid : ben.lid,
      addressing_mode: addressingMode,
      notify: 'Ben',
    });
    expect(Number(attrs.t)).toBeCloseTo(Date.now() / 1000, -2);
  });

  it('tells of every change of members', async () => {
    const client = await connect(ada);
    const one = [{ tag: 'participant', attrs: expect.objectContaining({ jid: address(cleo) }) }];
    expect(await content(client, () => ben.add(group, [CLEO]))).toEqual([{ tag: 'add', attrs: {}, content: one }]);
    expect(await content(client, () => ben.promote(group, [CLEO]))).toMatchObject([{ tag: 'promote', content: one }]);
    expect(await content(client, () => ben.demote(group, [CLEO]))).toMatchObject([{ tag: 'demote', content: one }]);
    expect(await content(client, () => ben.remove(group, [CLEO]))).toMatchObject([{ tag: 'remove', content: one }]);
    expect(await content(client, () => cleo.joinByInvite(ben.inviteCode(group)))).toMatchObject([
      { tag: 'add', attrs: { reason: 'invite' }, content: one },
    ]);
    expect(await content(client, () => cleo.leave(group))).toMatchObject([{ tag: 'leave', content: one }]);
  });

  it('tells of every setting', async () => {
    const client = await connect(ada);
    const told = async (change: () => void): Promise<unknown> => content(client, change);
    expect(await told(() => ben.changeSubject(group, 'Quartet'))).toMatchObject([
      { tag: 'subject', attrs: { subject: 'Quartet', s_o: address(ben) } },
    ]);
    expect(await told(() => ben.changeDescription(group, 'we sing'))).toMatchObject([
      { tag: 'description', content: [{ tag: 'body', content: Buffer.from('we sing') }] },
    ]);
    expect(await told(() => ben.changeDescription(group, ''))).toEqual([
      { tag: 'description', attrs: { delete: 'true' } },
    ]);
    expect(await told(() => ben.changeSetting(group, 'announcement', true))).toMatchObject([{ tag: 'announcement' }]);
    expect(await told(() => ben.changeSetting(group, 'announcement', false))).toMatchObject([
      { tag: 'not_announcement' },
    ]);
    expect(await told(() => ben.changeSetting(group, 'locked', true))).toMatchObject([{ tag: 'locked' }]);
    expect(await told(() => ben.changeSetting(group, 'locked', false))).toMatchObject([{ tag: 'unlocked' }]);
    expect(await told(() => ben.changeSetting(group, 'approval', true))).toMatchObject([
      { tag: 'membership_approval_mode', content: [{ tag: 'group_join', attrs: { state: 'on' } }] },
    ]);
    expect(await told(() => ben.changeMemberAddMode(group, 'all_member_add'))).toMatchObject([
      { tag: 'member_add_mode', content: Buffer.from('all_member_add') },
    ]);
    expect(await told(() => ben.changeEphemeral(group, 86_400))).toMatchObject([
      { tag: 'ephemeral', attrs: { expiration: '86400' } },
    ]);
    expect(await told(() => ben.changeEphemeral(group, 0))).toMatchObject([{ tag: 'not_ephemeral' }]);
    expect(await told(() => ben.resetInvite(group))).toEqual([
      { tag: 'invite', attrs: { code: ben.inviteCode(group) } },
    ]);
  });

  it('tells of a picture, and that it is gone', async () => {
    const client = await connect(ada);
    const told = (): Promise<BinaryNode> =>
      new Promise((resolve) => client.socket.ws.once('CB:notification,type:picture', resolve));
    const set = told();
    ben.changePicture(group, Buffer.from('ffd8ffe0', 'hex'));
    const author = { jid: group, author: address(ben) };
    const id = simulator.world.group(group).picture?.id;
    expect(await set).toMatchObject({ attrs: { from: group }, content: [{ tag: 'set', attrs: { ...author, id } }] });
    const removed = told();
    ben.removePicture(group);
    expect((await removed).content).toEqual([{ tag: 'delete', attrs: author }]);
  });

  it('gives a newcomer the whole group', async () => {
    const client = await connect(cleo);
    expect(await content(client, () => ben.add(group, [CLEO]))).toMatchObject([
      { tag: 'create', content: [{ tag: 'group', attrs: { id: group.split('@')[0], subject: 'Choir', size: '3' } }] },
    ]);
  });

  it('tells one who was removed', async () => {
    const client = await connect(ada);
    expect(await content(client, () => ben.remove(group, [ADA]))).toMatchObject([
      { tag: 'remove', content: [{ tag: 'participant', attrs: { jid: address(ada) } }] },
    ]);
  });

  it('tells admins, and nobody else, of one who asks to join', async () => {
    ben.changeSetting(group, 'approval', true);
    const [admin, member] = [await connect(ben), await connect(ada)];
    const seen: BinaryNode[] = [];
    member.socket.ws.on('CB:notification,type:w:gp2', (node: BinaryNode) => void seen.push(node));
    expect(await content(admin, () => cleo.joinByInvite(ben.inviteCode(group)))).toMatchObject([
      {
        tag: 'created_membership_requests',
        attrs: { request_method: 'invite_link' },
        content: [{ tag: 'requested_user', attrs: { jid: address(cleo) } }],
      },
    ]);
    await member.socket.groupMetadata(group);
    expect(seen).toEqual([]);
  });

  it('tells admins of requests that are withdrawn and rejected, and of an approval only as an add', async () => {
    ben.changeSetting(group, 'approval', true);
    ben.promote(group, [ADA]);
    const client = await connect(ada);
    const one = [{ tag: 'participant', attrs: expect.objectContaining({ jid: address(cleo) }) }];
    const ask = (): unknown => cleo.joinByInvite(ben.inviteCode(group));
    const revoked = [{ tag: 'revoked_membership_requests', attrs: {}, content: one }];
    await content(client, ask);
    const told = notification(client);
    cleo.withdrawRequest(group);
    expect(await told).toMatchObject({ attrs: { participant: address(cleo) }, content: revoked });
    await content(client, ask);
    expect(await content(client, () => ben.answerRequests(group, 'reject', [address(cleo)]))).toEqual(revoked);
    await content(client, ask);
    expect(await content(client, () => ben.answerRequests(group, 'approve', [address(cleo)]))).toEqual([
      { tag: 'add', attrs: {}, content: one },
    ]);
  });

  it('tells of a changed number and of the end of a group', async () => {
    const client = await connect(ada);
    const told = notification(client);
    ben.changeNumber('4915100000099');
    const { attrs, content: change } = await told;
    const phone = addressingMode === 'lid' ? attrs.participant_pn : attrs.participant;
    expect(phone).toBe(`${BEN}@s.whatsapp.net`);
    expect(change).toMatchObject([{ tag: 'modify', content: [{ tag: 'participant', attrs: { jid: address(ben) } }] }]);
    expect(await content(client, () => simulator.world.endGroup(group))).toEqual([{ tag: 'delete', attrs: {} }]);
  });

  it('tells the other devices of the one who acts, and the acting one only by the switch', async () => {
    const [acting, other] = [await connect(ben), await connect(ben)];
    const seen: string[] = [];
    acting.socket.ws.on('CB:notification,type:w:gp2', () => void seen.push('echo'));
    const told = notification(other);
    await acting.socket.groupUpdateSubject(group, 'First');
    await told;
    expect(seen).toEqual([]);
    simulator.world.switches.echoToActor = true;
    await acting.socket.groupUpdateSubject(group, 'Second');
    expect(seen).toEqual(['echo']);
  });

  it('keeps what a device misses, and gives it back in order before the login is complete', async () => {
    const credentials = await ada.provision();
    ben.changeSubject(group, 'First');
    ben.changeSubject(group, 'Second');
    const client = new Client(simulator, credentials);
    clients.push(client);
    const seen: string[] = [];
    client.socket.ws.on(
      'CB:notification,type:w:gp2',
      ({ attrs, content: [change] }: BinaryNode & { content: BinaryNode[] }) => {
        seen.push(`${change?.attrs.subject} offline=${attrs.offline}`);
      },
    );
    const pending = client.event('connection.update', (update) => update.receivedPendingNotifications || undefined);
    await client.open();
    expect(seen).toEqual(['First offline=1', 'Second offline=1']);
    expect(await pending).toBe(true);
  });

  it('sends again what was never acknowledged', async () => {
    const client = await connect(ada);
    const told = notification(client);
    simulator.faults.closeOn({ tag: 'ack', phone: ADA });
    const closed = client.closed();
    ben.changeSubject(group, 'Unheard');
    await told;
    await closed;
    const again = new Client(simulator, { creds: client.creds });
    clients.push(again);
    expect(await notification(again)).toMatchObject({
      attrs: { offline: '1' },
      content: [{ attrs: { subject: 'Unheard' } }],
    });
  });

  it('says that the list of groups is stale', async () => {
    const client = await connect(ada);
    const fetched = simulator.log.next({ phone: ADA, child: 'participating' });
    const cleaned = simulator.log.next({ phone: ADA, xmlns: 'urn:xmpp:whatsapp:dirty' });
    ada.sendGroupsDirty();
    await fetched;
    await cleaned;
    expect(client.socket.ws.isOpen).toBe(true);
  });

  it('pushes any stanza to the devices of an account', async () => {
    const client = await connect(ada);
    const stanza = {
      tag: 'notification',
      attrs: { from: group, type: 'w:gp2', t: '1' },
      content: [{ tag: 'novelty', attrs: {} }],
    };
    expect(await content(client, () => ada.push(stanza))).toEqual([{ tag: 'novelty', attrs: {} }]);
  });
});
