import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { UNANSWERED, type GroupChange, type JoinRequest, type WhatsAppClient } from '#whatsapp';
import { joinRequests, requestAction } from './join-request-queries.js';
import type { BinaryNode } from './node.js';
import { Bench } from './spec-support/linked.js';
import type { Recorder } from './spec-support/recorder.js';

const NOBODY = '4915100009999@s.whatsapp.net';

describe.each(['lid', 'pn'] as const)('join requests, in groups addressed by %s', (addressingMode) => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let cleo: SimulatedPhone;
  let dora: SimulatedPhone;
  let client: WhatsAppClient;
  let events: Recorder;
  let group: string;

  beforeAll(async () => {
    bench = await Bench.start({ switches: { defaultAddressingMode: addressingMode } });
    const account = (phone: string, name: string): SimulatedPhone => bench.simulator.createAccount({ phone, name });
    ada = account('4915100000001', 'Ada');
    ben = account('4915100000002', 'Ben');
    cleo = account('4915100000003', 'Cleo');
    dora = account('4915100000004', 'Dora');
    const linked = await bench.linked(ada);
    client = linked.connection.client;
    events = linked.events;
  });

  beforeEach(() => {
    group = ada.createGroup({ subject: 'Choir', participants: [ben.jid] });
    ada.changeSetting(group, 'approval', true);
    ada.changeMemberAddMode(group, 'all_member_add');
    bench.simulator.log.clear();
  });

  afterEach(() => bench.simulator.faults.clear());
  afterAll(() => bench.stop());

  const asked = (): number => bench.simulator.log.count({ xmlns: 'w:g2' });
  const both = ({ jid, lid }: SimulatedPhone): { phoneJid: string; lid: string } => ({ phoneJid: jid, lid });
  const joins = (phone: SimulatedPhone): string => phone.joinByInvite(ada.inviteCode(group));

  /** Once a change of this kind was told of the group. */
  const told = async (type: GroupChange['type']): Promise<{ change: GroupChange; actor: unknown }> => {
    for (let count = 1; ; count++) {
      const { notification } = await events.next('groupNotification', count);
      const change = notification.changes.find((one) => one.type === type);
      if (change && notification.groupJid === group) return { change, actor: notification.actor };
    }
  };

  it('lists who waits with one stanza, oldest first: who they are, since when, how they asked and for whom', async () => {
    joins(cleo);
    ben.add(group, [dora.jid]);
    const requests = await client.fetchJoinRequests(group);
    expect(requests).toEqual([
      { ...both(cleo), requestedAt: expect.any(Number), method: 'invite_link' },
      { ...both(dora), requestedAt: expect.any(Number), method: 'non_admin_add', addedBy: expect.any(Object) },
    ]);
    expect(requests[1]?.addedBy).toEqual(addressingMode === 'lid' ? both(ben) : { phoneJid: ben.jid });
    expect(Math.abs((requests[0]?.requestedAt ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(asked()).toBe(1);
  });

  it('lists nobody where nobody waits', async () => {
    await expect(client.fetchJoinRequests(group)).resolves.toEqual([]);
  });

  it('lets in and turns away with one stanza each, and tells who did not ask', async () => {
    joins(cleo);
    joins(dora);
    await expect(client.answerJoinRequests(group, 'approve', [NOBODY, cleo.lid])).resolves.toEqual([
      expect.objectContaining({ input: NOBODY, code: 404 }),
      { input: cleo.lid, ...both(cleo), code: 200 },
    ]);
    expect(asked()).toBe(1);
    await expect(client.answerJoinRequests(group, 'reject', [dora.lid, cleo.lid])).resolves.toEqual([
      { input: dora.lid, ...both(dora), code: 200 },
      { input: cleo.lid, ...both(cleo), code: 404 },
    ]);
    expect(asked()).toBe(2);
    const { participants } = await client.fetchGroup(group);
    expect(participants.map(({ phoneJid }) => phoneJid)).toEqual([ada.jid, ben.jid, cleo.jid]);
    expect(ada.joinRequests(group)).toEqual([]);
  });

  it('hands on the code that WhatsApp gives for one of them', async () => {
    joins(cleo);
    bench.simulator.faults.participantError(cleo.number, 463);
    await expect(client.answerJoinRequests(group, 'approve', [cleo.lid])).resolves.toEqual([
      { input: cleo.lid, ...both(cleo), code: 463 },
    ]);
  });

  it('is refused where the account is no admin, or newcomers need no approval', async () => {
    const other = ben.createGroup({ subject: 'Other', participants: [ada.jid] });
    ben.changeSetting(other, 'approval', true);
    await expect(client.fetchJoinRequests(other)).rejects.toMatchObject({ whatsappCode: 403 });
    await expect(client.answerJoinRequests(other, 'reject', [cleo.lid])).rejects.toMatchObject({ whatsappCode: 403 });
    ada.changeSetting(group, 'approval', false);
    await expect(client.answerJoinRequests(group, 'approve', [cleo.lid])).rejects.toMatchObject({ whatsappCode: 409 });
  });

  it('tells of a request by an invite, and of its withdrawal, with both addresses', async () => {
    joins(cleo);
    await expect(told('join_requested')).resolves.toMatchObject({
      actor: both(cleo),
      change: { type: 'join_requested', participants: [both(cleo)], method: 'invite_link' },
    });
    cleo.withdrawRequest(group);
    await expect(told('join_request_revoked')).resolves.toMatchObject({
      actor: both(cleo),
      change: { type: 'join_request_revoked', participants: [both(cleo)] },
    });
  });

  it('tells of a request that a member made for somebody, and of its rejection by another admin', async () => {
    ada.add(group, [cleo.jid]);
    ada.promote(group, [cleo.jid]);
    ben.add(group, [dora.jid]);
    await expect(told('join_requested')).resolves.toMatchObject({
      actor: both(ben),
      change: { type: 'join_requested', participants: [both(dora)], method: 'non_admin_add' },
    });
    cleo.answerRequests(group, 'reject', [dora.lid]);
    await expect(told('join_request_revoked')).resolves.toMatchObject({
      actor: both(cleo),
      change: { type: 'join_request_revoked', participants: [both(dora)] },
    });
  });
});

describe('what an answer about join requests says', () => {
  const PHONE = '5511900000001@s.whatsapp.net';
  const LID = '11111111111@lid';
  const request = (attrs: Record<string, string>): BinaryNode => ({ tag: 'membership_approval_request', attrs });
  const read = (...content: BinaryNode[]): JoinRequest[] =>
    joinRequests('120363000000000001@g.us').read({ tag: 'membership_approval_requests', attrs: {}, content });

  it('is told oldest first, in whatever order WhatsApp names them', () => {
    const requests = read(
      request({ jid: LID, phone_number: PHONE, request_time: '1700000002' }),
      request({ jid: '22222222222@lid', request_time: '1700000001', request_method: 'linked_group_join' }),
    );
    expect(requests).toEqual([
      { lid: '22222222222@lid', requestedAt: 1700000001000, method: 'linked_group_join' },
      { lid: LID, phoneJid: PHONE, requestedAt: 1700000002000 },
    ]);
  });

  it('leaves out what names nobody', () => {
    expect(read(request({ request_time: '1700000002' }))).toEqual([]);
  });

  it('is unknown where it tells nothing of anybody who was sent', () => {
    const action = requestAction('120363000000000001@g.us', 'approve', [LID]);
    const answer = (...content: BinaryNode[]): BinaryNode => ({
      tag: 'membership_requests_action',
      attrs: {},
      content,
    });
    expect(() => action.read(answer())).toThrow('a form that the gateway does not know');
    expect(() => action.read(answer({ tag: 'approve', attrs: {} }))).toThrow('a form that the gateway does not know');
  });

  it('is no success for who was sent and is not mentioned', () => {
    const action = requestAction('120363000000000001@g.us', 'reject', [LID, '22222222222@lid']);
    const rejected = { tag: 'reject', attrs: {}, content: [{ tag: 'participant', attrs: { jid: '22222222222@lid' } }] };
    const answer = { tag: 'membership_requests_action', attrs: {}, content: [rejected] };
    expect(action.read(answer)).toEqual([
      { input: LID, lid: LID, code: UNANSWERED },
      { input: '22222222222@lid', lid: '22222222222@lid', code: 200 },
    ]);
  });
});
