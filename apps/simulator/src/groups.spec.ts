import type { BinaryNode } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator } from './simulator.js';
import type { SimulatedPhone } from './simulated-phone.js';
import { loggedIn, type Client } from './spec-support/client.js';

const ADA = '4915100000001';
const BEN = '4915100000002';
const CLEO = '4915100000003';

const jid = (phone: string): string => `${phone}@s.whatsapp.net`;

/** Baileys' error of an IQ: the code is `data`. */
async function codeOf(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => 200,
    (error: { data?: unknown }) => error.data,
  );
}

describe.each(['lid', 'pn'] as const)('groups addressed by %s, over an unpatched Baileys', (addressingMode) => {
  let simulator: Simulator;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let cleo: SimulatedPhone;
  let client: Client;
  let group: string;

  const address = (phone: SimulatedPhone): string => (addressingMode === 'lid' ? phone.lid : phone.jid);
  const roleOf = async (phone: SimulatedPhone): Promise<string | null | undefined> => {
    const { participants } = await client.socket.groupMetadata(group);
    return participants.find(({ id }) => id === address(phone))?.admin;
  };

  beforeAll(async () => {
    simulator = await Simulator.start({ switches: { defaultAddressingMode: addressingMode } });
    ada = simulator.createAccount({ phone: ADA, name: 'Ada' });
    ben = simulator.createAccount({ phone: BEN, name: 'Ben' });
    cleo = simulator.createAccount({ phone: CLEO, name: 'Cleo' });
    client = await loggedIn(simulator, ada);
  });
  beforeEach(() => {
    group = ada.createGroup({ subject: 'Choir', participants: [jid(BEN)] });
  });
  afterAll(async () => {
    await client.close();
    await simulator.stop();
  });

  it('describes a group with its addresses, roles and settings', async () => {
    ada.changeSetting(group, 'announcement', true);
    ada.changeDescription(group, 'we sing');
    const metadata = await client.socket.groupMetadata(group);
    expect(metadata).toMatchObject({
      id: group,
      subject: 'Choir',
      addressingMode,
      owner: address(ada),
      announce: true,
      restrict: false,
      memberAddMode: false,
      joinApprovalMode: false,
      desc: 'we sing',
      size: 2,
    });
    expect(metadata.participants).toEqual([
      expect.objectContaining({ id: address(ada), admin: 'superadmin' }),
      expect.objectContaining({ id: address(ben), admin: null }),
    ]);
    const other = addressingMode === 'lid' ? { phoneNumber: ben.jid } : { lid: ben.lid };
    expect(metadata.participants[1]).toMatchObject(other);
  });

  it('lists every group that the account is in, and no other', async () => {
    const foreign = ben.createGroup({ subject: 'Without Ada' });
    const groups = await client.socket.groupFetchAllParticipating();
    expect(groups[group]?.participants).toHaveLength(2);
    expect(groups[foreign]).toBeUndefined();
  });

  it('creates a group, and says who was declined', async () => {
    const created = await client.socket.groupCreate('New', [jid(BEN), jid('4915199999999')]);
    expect(created).toMatchObject({ subject: 'New', owner: address(ada), size: 2 });
    const metadata = await client.socket.groupMetadata(created.id);
    expect(metadata.participants.map(({ id }) => id)).toEqual([address(ada), address(ben)]);
  });

  it('adds, promotes, demotes and removes a participant', async () => {
    const act = (action: 'add' | 'promote' | 'demote' | 'remove'): Promise<{ status: string; jid?: string }[]> =>
      client.socket.groupParticipantsUpdate(group, [jid(CLEO)], action);
    expect(await act('add')).toMatchObject([{ status: '200', jid: address(cleo) }]);
    expect(await roleOf(cleo)).toBeNull();
    expect(await act('promote')).toMatchObject([{ status: '200' }]);
    expect(await roleOf(cleo)).toBe('admin');
    expect(await act('demote')).toMatchObject([{ status: '200' }]);
    expect(await roleOf(cleo)).toBeNull();
    expect(await act('remove')).toMatchObject([{ status: '200' }]);
    expect(await roleOf(cleo)).toBeUndefined();
  });

  it('names the phone number beside a LID, and answers for each participant', async () => {
    const results = await client.socket.groupParticipantsUpdate(
      group,
      [jid('4915199999999'), jid(BEN), cleo.lid],
      'add',
    );
    expect(results.map(({ status }) => status)).toEqual(['404', '409', '200']);
    expect(results[1]?.content.attrs).toMatchObject(
      addressingMode === 'lid' ? { jid: ben.lid, phone_number: ben.jid } : { jid: ben.jid, lid: ben.lid },
    );
  });

  it('hands out an invite in place of an add that privacy forbids', async () => {
    cleo.account.privacy = 'contacts';
    const [result] = await client.socket.groupParticipantsUpdate(group, [jid(CLEO)], 'add');
    cleo.account.privacy = 'all';
    expect(result?.status).toBe('403');
    const [request] = result?.content.content as { tag: string; attrs: Record<string, string> }[];
    expect(request).toMatchObject({ tag: 'add_request', attrs: { code: expect.stringMatching(/^\w{22}$/) } });
    expect(Number(request?.attrs.expiration)).toBeGreaterThan(Date.now() / 1000);
  });

  it('lets one in by the invite that stands for an add, once', async () => {
    const theirs = ben.createGroup({ subject: 'Ben decides' });
    ada.account.privacy = 'none';
    const [refused] = ben.add(theirs, [ADA]);
    ada.account.privacy = 'all';
    const { code = '', expiresAt = 0 } = refused?.invite ?? {};
    const accept = (inviteCode: string): Promise<unknown> =>
      client.socket.groupAcceptInviteV4(ben.jid, { groupJid: theirs, inviteCode, inviteExpiration: expiresAt });
    expect(await codeOf(accept('AAAAAAAAAAAAAAAAAAAAAA'))).toBe(404);
    expect(await accept(code)).toBe(theirs);
    expect(simulator.world.group(theirs).members.get(ada.account)).toBe('member');
    expect(await codeOf(accept(code))).toBe(409);
  });

  it('lets a phone in by such an invite', () => {
    cleo.account.privacy = 'none';
    const [refused] = ada.add(group, [CLEO]);
    cleo.account.privacy = 'all';
    expect(cleo.acceptPersonalInvite(refused?.invite?.code ?? '')).toBe('joined');
    expect(simulator.world.group(group).members.has(cleo.account)).toBe(true);
  });

  it('changes every setting', async () => {
    await client.socket.groupUpdateSubject(group, 'Quartet');
    await client.socket.groupUpdateDescription(group, 'four voices');
    await client.socket.groupSettingUpdate(group, 'announcement');
    await client.socket.groupSettingUpdate(group, 'locked');
    await client.socket.groupJoinApprovalMode(group, 'on');
    await client.socket.groupMemberAddMode(group, 'all_member_add');
    await client.socket.groupToggleEphemeral(group, 86_400);
    expect(await client.socket.groupMetadata(group)).toMatchObject({
      subject: 'Quartet',
      desc: 'four voices',
      announce: true,
      restrict: true,
      joinApprovalMode: true,
      memberAddMode: true,
      ephemeralDuration: 86_400,
    });
    await client.socket.groupUpdateDescription(group, '');
    await client.socket.groupSettingUpdate(group, 'not_announcement');
    await client.socket.groupSettingUpdate(group, 'unlocked');
    await client.socket.groupJoinApprovalMode(group, 'off');
    await client.socket.groupMemberAddMode(group, 'admin_add');
    await client.socket.groupToggleEphemeral(group, 0);
    const back = await client.socket.groupMetadata(group);
    expect(back).toMatchObject({ announce: false, restrict: false, joinApprovalMode: false, memberAddMode: false });
    expect(back.desc).toBeUndefined();
    expect(back.ephemeralDuration).toBeUndefined();
  });

  it('sets, shows, serves and removes the picture of a group', async () => {
    const { socket } = client;
    const image = Buffer.from('ffd8ffe000104a464946', 'hex');
    const set = (content?: BinaryNode['content']): Promise<BinaryNode> =>
      socket.query({
        tag: 'iq',
        attrs: { to: 's.whatsapp.net', type: 'set', xmlns: 'w:profile:picture', target: group },
        content: content === undefined ? [] : [{ tag: 'picture', attrs: { type: 'image' }, content }],
      }) as Promise<BinaryNode>;
    expect(await codeOf(socket.profilePictureUrl(group))).toBe(404);
    expect((await set(image)).content).toMatchObject([
      { tag: 'picture', attrs: { id: expect.stringMatching(/^\w+$/) } },
    ]);
    const url = await socket.profilePictureUrl(group, 'image');
    const served = await fetch(url ?? '');
    expect(served.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await served.arrayBuffer())).toEqual(image);
    expect(await codeOf(set(Buffer.from('no picture')))).toBe(406);
    await socket.removeProfilePicture(group);
    expect(await codeOf(socket.profilePictureUrl(group))).toBe(404);
    expect((await fetch(url ?? '')).status).toBe(404);
  });

  it('keeps the picture of a locked group to its admins, and has none of people', async () => {
    const theirs = ben.createGroup({ subject: 'Ben is admin', participants: [jid(ADA)], locked: true });
    expect(await codeOf(client.socket.removeProfilePicture(theirs))).toBe(403);
    expect(await codeOf(client.socket.profilePictureUrl(ben.jid))).toBe(404);
    expect(await codeOf(client.socket.removeProfilePicture(ben.jid))).toBe(400);
  });

  it('joins by an invite, previews it, and refuses one that was reset', async () => {
    const theirs = ben.createGroup({ subject: 'Ben only' });
    const code = ben.inviteCode(theirs);
    expect(await client.socket.groupGetInviteInfo(code)).toMatchObject({ id: theirs, subject: 'Ben only' });
    expect(await client.socket.groupAcceptInvite(code)).toBe(theirs);
    expect(await codeOf(client.socket.groupAcceptInvite(code))).toBe(409);
    ben.resetInvite(theirs);
    expect(await codeOf(client.socket.groupAcceptInvite(code))).toBe(410);
    expect(await codeOf(client.socket.groupAcceptInvite('AAAAAAAAAAAAAAAAAAAAAA'))).toBe(404);
    expect(await codeOf(client.socket.groupAcceptInvite('nonsense'))).toBe(406);
  });

  it('reads and resets the invite of its own group', async () => {
    const code = await client.socket.groupInviteCode(group);
    expect(code).toBe(ada.inviteCode(group));
    const fresh = await client.socket.groupRevokeInvite(group);
    expect(fresh).not.toBe(code);
    expect(await client.socket.groupInviteCode(group)).toBe(fresh);
  });

  it('records a request where admins approve newcomers', async () => {
    const theirs = ben.createGroup({ subject: 'Careful', approval: true });
    const answer = (await client.socket.query({
      tag: 'iq',
      attrs: { type: 'set', xmlns: 'w:g2', to: '@g.us' },
      content: [{ tag: 'invite', attrs: { code: ben.inviteCode(theirs) } }],
    })) as BinaryNode;
    expect(answer.content).toEqual([{ tag: 'membership_approval_request', attrs: { jid: theirs } }]);
    const model = simulator.world.group(theirs);
    expect([...model.joinRequests.keys()]).toEqual([ada.account]);
    expect(model.members.has(ada.account)).toBe(false);
  });

  it('lists those who ask to join, and lets them in or turns them away', async () => {
    const { socket } = client;
    ada.changeSetting(group, 'approval', true);
    cleo.joinByInvite(ada.inviteCode(group));
    const [asking] = await socket.groupRequestParticipantsList(group);
    expect(asking).toMatchObject({
      jid: address(cleo),
      [addressingMode === 'lid' ? 'phone_number' : 'lid']: addressingMode === 'lid' ? cleo.jid : cleo.lid,
      request_method: 'invite_link',
    });
    expect(Number(asking?.request_time)).toBeCloseTo(Date.now() / 1000, -2);
    const answer = async (action: 'approve' | 'reject', who: string): Promise<unknown> =>
      socket.groupRequestParticipantsUpdate(group, [who, jid('4915199999999')], action);
    const results = (code: string): unknown => [
      { status: code, jid: address(cleo) },
      { status: '404', jid: jid('4915199999999') },
    ];
    expect(await answer('reject', address(cleo))).toEqual(results('200'));
    expect(await answer('approve', address(cleo))).toEqual(results('404'));
    cleo.joinByInvite(ada.inviteCode(group));
    expect(await answer('approve', address(cleo))).toEqual(results('200'));
    expect(await roleOf(cleo)).toBeNull();
    expect(await socket.groupRequestParticipantsList(group)).toEqual([]);
  });

  it('names who asked for somebody else, and no phone number that is not told', async () => {
    ada.changeSetting(group, 'approval', true);
    ada.changeMemberAddMode(group, 'all_member_add');
    cleo.account.showsNumber = false;
    expect(ben.add(group, [cleo.number])).toMatchObject([{ code: 202 }]);
    const [asking] = await client.socket.groupRequestParticipantsList(group);
    cleo.account.showsNumber = true;
    expect(asking).toMatchObject({ jid: address(cleo), request_method: 'non_admin_add', requestor: address(ben) });
    expect(asking).not.toHaveProperty('phone_number');
    expect(asking?.requestor_pn).toBe(addressingMode === 'lid' ? ben.jid : undefined);
  });

  it('refuses join requests to who is no admin, and where newcomers need no approval', async () => {
    const theirs = ben.createGroup({ subject: 'Ben decides', participants: [jid(ADA)], approval: true });
    const { socket } = client;
    expect(await codeOf(socket.groupRequestParticipantsList(theirs))).toBe(403);
    expect(await codeOf(socket.groupRequestParticipantsUpdate(theirs, [address(cleo)], 'approve'))).toBe(403);
    expect(await codeOf(socket.groupRequestParticipantsUpdate(group, [address(cleo)], 'approve'))).toBe(409);
  });

  it('leaves a group, and is told by code when there is nothing to leave', async () => {
    const answer = async (id: string): Promise<unknown> => {
      const result = (await client.socket.query({
        tag: 'iq',
        attrs: { type: 'set', xmlns: 'w:g2', to: '@g.us' },
        content: [{ tag: 'leave', attrs: {}, content: [{ tag: 'group', attrs: { id } }] }],
      })) as BinaryNode;
      return result.content;
    };
    const left = (attrs: object): unknown => [{ tag: 'leave', attrs: {}, content: [{ tag: 'group', attrs }] }];
    expect(await answer(group)).toEqual(left({ id: group }));
    expect(await answer(group)).toEqual(left({ id: group, error: '403' }));
    expect(await answer('120363000000000000@g.us')).toEqual(left({ id: '120363000000000000@g.us', error: '404' }));
    expect(await codeOf(client.socket.groupMetadata(group))).toBe(403);
    expect(simulator.world.group(group).isAdmin(ben.account)).toBe(true);
  });

  it('refuses what the account may not do', async () => {
    const theirs = ben.createGroup({ subject: 'Ben is admin', participants: [jid(ADA)], locked: true });
    const { socket } = client;
    const refused = [
      socket.groupParticipantsUpdate(theirs, [jid(CLEO)], 'add'),
      socket.groupParticipantsUpdate(theirs, [jid(BEN)], 'demote'),
      socket.groupUpdateSubject(theirs, 'Mine'),
      socket.groupSettingUpdate(theirs, 'announcement'),
      socket.groupJoinApprovalMode(theirs, 'on'),
      socket.groupRevokeInvite(theirs),
    ];
    for (const query of refused) expect(await codeOf(query)).toBe(403);
    expect(await codeOf(socket.groupInviteCode(theirs))).toBe(401);
    expect(await codeOf(socket.groupMetadata('120363000000000000@g.us'))).toBe(404);
  });

  it('refuses a description that replaces one which is no longer there', async () => {
    const query = client.socket.query({
      tag: 'iq',
      attrs: { type: 'set', xmlns: 'w:g2', to: group },
      content: [
        {
          tag: 'description',
          attrs: { id: 'NEW', prev: 'STALE' },
          content: [{ tag: 'body', attrs: {}, content: Buffer.from('x') }],
        },
      ],
    });
    expect(await codeOf(query)).toBe(409);
  });

  it('fits a thousand members into compressed frames', async () => {
    const phones = Array.from({ length: 1_000 }, (_, index) => String(4_916_000_000_000 + index));
    for (const phone of phones)
      if (simulator.world.directory.find(phone) === undefined) simulator.createAccount({ phone });
    const large = ada.createGroup({ subject: 'Large', participants: phones });
    const { participants, size } = await client.socket.groupMetadata(large);
    expect(size).toBe(1_001);
    expect(new Set(participants.map(({ id }) => id)).size).toBe(1_001);
  });
});
