import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone, Simulator } from '#simulator';
import { CompatLab, ACTIONS, failure, instance, query } from './support/compat-lab.js';
import { eventually } from './support/eventually.js';
import type { TestGateway } from './support/start-gateway.js';

let lab: CompatLab;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let ada: SimulatedPhone;
let shy: SimulatedPhone;

beforeAll(async () => {
  lab = await CompatLab.start();
  ({ simulator, gateway, token, session, me, owner, ada, shy } = lab);
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.forget());

describe('groups', () => {
  it('are listed with their settings, without those that the account has left, and with no question to WhatsApp', async () => {
    const mine = await lab.groupOfMine(ada);
    const left = await lab.groupOfTheirs('member');
    owner.remove(left, [me.jid]);
    await lab.stored(left, 'left');
    simulator.log.clear();
    const { status, body } = await lab.call('GET', `list/${instance()}`);
    const { groups, meta } = body as { groups: { jid: string }[]; meta: unknown };
    expect(status).toBe(200);
    expect(meta).toEqual({ total: groups.length });
    expect(groups.map(({ jid }) => jid)).not.toContain(left);
    expect(groups.find(({ jid }) => jid === mine)).toEqual({
      name: 'Mine',
      jid: mine,
      description: '',
      createdBy: me.jid,
      participantCount: 2,
      groupSettings: {
        membersCanEditInfo: true,
        membersCanSendMessages: true,
        membersCanAddOthers: expect.any(Boolean),
        requireAdminApproval: false,
      },
    });
    expect(simulator.log.count({ tag: 'iq', xmlns: 'w:g2' })).toBe(0);
    expect(await lab.call('GET', `info/${instance()}?${query(left)}`)).toMatchObject(
      failure(404, 'Group not found or you are not a member of this group', 'not_found'),
    );
  });

  it('are shown one by one, to an admin with the invite, with participants where they are asked for', async () => {
    const jid = await lab.groupOfMine(ada);
    const inviteCode = me.inviteCode(jid);
    const { body } = await lab.call('GET', `info/${instance()}?participants=true&${query(jid)}`);
    expect(body).toMatchObject({
      success: true,
      message: expect.any(String),
      group: { name: 'Mine', jid, inviteCode, inviteLink: `https://chat.whatsapp.com/${inviteCode}` },
    });
    const { participants } = (body as { group: { participants: unknown[] } }).group;
    expect(participants).toHaveLength(2);
    expect(participants).toEqual(
      expect.arrayContaining([
        { jid: me.jid, lid: me.lid, isAdmin: true, isSuperAdmin: true },
        { jid: ada.jid, lid: ada.lid, isAdmin: false, isSuperAdmin: false },
      ]),
    );
    const brief = (await lab.call('GET', `info/${instance()}?participants=false&${query(jid)}&more=1`)).body as {
      group: object;
    };
    expect(brief.group).not.toHaveProperty('participants');
    const theirs = await lab.groupOfTheirs('member');
    const foreign = (await lab.call('GET', `info/${instance()}?${query(theirs)}`)).body as { group: object };
    expect(foreign.group).toMatchObject({ jid: theirs, createdBy: owner.jid });
    expect(foreign.group).not.toHaveProperty('inviteCode');
  });

  it('are made with description and settings', async () => {
    const { status, headers, body } = await lab.call('POST', `create/${instance()}`, {
      name: 'Harvest',
      participants: [ada.number, shy.jid, 'nonsense'],
      description: 'Rota and news',
      groupSettings: {
        membersCanEditInfo: false,
        membersCanSendMessages: false,
        membersCanAddOthers: false,
        requireAdminApproval: true,
      },
    });
    expect(status).toBe(200);
    expect(headers.get('x-participants-failed')).toBe('2');
    const { group } = body as { group: { jid: string; inviteCode: string } };
    expect(body).toEqual({
      success: true,
      message: 'Group created, without 2 of the participants',
      group: {
        name: 'Harvest',
        jid: expect.stringMatching(/@g\.us$/),
        description: 'Rota and news',
        inviteCode: me.inviteCode(group.jid),
        inviteLink: `https://chat.whatsapp.com/${group.inviteCode}`,
        createdBy: me.jid,
        participantCount: 2,
        participants: expect.arrayContaining([
          { jid: ada.jid, lid: ada.lid, isAdmin: false, isSuperAdmin: false },
          { jid: me.jid, lid: me.lid, isAdmin: true, isSuperAdmin: true },
        ]),
        groupSettings: {
          membersCanEditInfo: false,
          membersCanSendMessages: false,
          membersCanAddOthers: false,
          requireAdminApproval: true,
        },
      },
    });
    expect((await lab.call('GET', `info/${instance()}?participants=true&${query(group.jid)}`)).body).toMatchObject({
      group: { ...group, participants: expect.any(Array) },
    });
  });

  it('that were made are named even when their settings fail', async () => {
    simulator.faults.iqError({ tag: 'iq', xmlns: 'w:g2', child: 'announcement' }, 500, 'internal');
    const { status, body } = await lab.call('POST', `create/${instance()}`, {
      name: 'Half',
      participants: [ada.jid],
      description: 'about',
      groupSettings: { membersCanSendMessages: false },
    });
    expect({ status, body }).toMatchObject(
      failure(503, expect.any(String), 'gateway_unavailable', {
        groupJid: expect.stringMatching(/@g\.us$/),
        failed: 'groupSettings.membersCanSendMessages',
        applied: ['description'],
      }),
    );
  });

  it('that were made are not made again for the same idempotency key, whatever kept their settings back', async () => {
    const rate = (ratePerMin: number) =>
      gateway.request('PATCH', `/api/v1/sessions/${session}`, { token, body: { ratePerMin } });
    const create = () =>
      gateway.request('POST', `/api/group/create/${session}`, {
        body: { name: 'Once', participants: [ada.jid], description: 'about' },
        headers: { token, 'idempotency-key': 'made-once' },
      });
    const details = { groupJid: expect.any(String), failed: 'description', reason: 'session_rate_limited' };
    await rate(1);
    // Right after other actions a little less than one is left, and nothing is made yet.
    const first = await eventually(async () => {
      const answer = await create();
      expect(answer).toMatchObject(failure(429, expect.any(String), 'rate_limited', expect.objectContaining(details)));
      return answer;
    });
    await rate(10_000);
    expect(await create()).toMatchObject({ status: first.status, body: first.body });
    expect(simulator.log.count({ ...ACTIONS, child: 'create' })).toBe(1);
  });

  it('are made without the invite where it cannot be read', async () => {
    simulator.faults.iqError({ tag: 'iq', xmlns: 'w:g2', type: 'get', child: 'invite' }, 500, 'internal');
    const { status, body } = await lab.call('POST', `create/${instance()}`, { name: 'Odd', participants: [ada.jid] });
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, message: 'Group created' } });
    expect((body as { group: object }).group).not.toHaveProperty('inviteCode');
  });

  it('are changed', async () => {
    const identifier = await lab.groupOfMine();
    const { status, body } = await lab.call('PUT', `update/${instance()}`, {
      identifier,
      name: 'Renamed',
      description: 'New',
      groupSettings: { membersCanEditInfo: false, membersCanAddOthers: true },
    });
    const groupSettings = { membersCanEditInfo: false, membersCanSendMessages: true, membersCanAddOthers: true };
    const group = { jid: identifier, name: 'Renamed', description: 'New', groupSettings };
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, group } });
    expect((await lab.call('GET', `info/${instance()}?${query(identifier)}`)).body).toMatchObject({ group });
    const emptied = await lab.call('PUT', `update/${instance()}`, { identifier, description: '' });
    expect(emptied.body).toMatchObject({ group: { name: 'Renamed', description: '' } });
  });

  it('are changed by admins only, where they are locked', async () => {
    const identifier = await lab.groupOfTheirs('member');
    const body = { identifier, groupSettings: { membersCanSendMessages: false } };
    expect(await lab.call('PUT', `update/${instance()}`, body)).toMatchObject(
      failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden', {
        failed: 'groupSettings.membersCanSendMessages',
        applied: [],
      }),
    );
  });

  it('have a link that an admin resets', async () => {
    const identifier = await lab.groupOfMine();
    const old = me.inviteCode(identifier);
    const { status, body } = await lab.call('POST', `resetLink/${instance()}`, { identifier: old });
    const inviteCode = me.inviteCode(identifier);
    expect(inviteCode).not.toBe(old);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        message: expect.any(String),
        groupJid: identifier,
        inviteCode,
        inviteLink: `https://chat.whatsapp.com/${inviteCode}`,
      },
    });
    expect(
      await lab.call('POST', `resetLink/${instance()}`, { identifier: await lab.groupOfTheirs('member') }),
    ).toMatchObject(failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'));
  });

  it('are joined by code and by link, and left', async () => {
    const groupJid = owner.createGroup({ subject: 'Open', participants: [ada.jid] });
    const identifier = owner.inviteCode(groupJid);
    const joined = { status: 200, body: { success: true, groupJid, requiresApproval: false } };
    expect(await lab.call('POST', `join/${instance()}`, { identifier })).toMatchObject(joined);
    const link = `https://chat.whatsapp.com/${identifier}`;
    expect(await lab.call('POST', `join/${instance()}`, { identifier: link })).toMatchObject(joined);
    expect(await lab.call('DELETE', `leave/${instance()}?${query(groupJid)}`)).toEqual(
      expect.objectContaining({ status: 200, body: { success: true, message: expect.any(String), groupJid } }),
    );
    await lab.stored(groupJid, 'left');
  });

  it('that approve their members say so to who joins', async () => {
    const groupJid = owner.createGroup({ subject: 'Choosy', participants: [ada.jid] });
    owner.changeSetting(groupJid, 'approval', true);
    expect(await lab.call('POST', `join/${instance()}`, { identifier: owner.inviteCode(groupJid) })).toMatchObject({
      status: 200,
      body: { success: true, groupJid, requiresApproval: true },
    });
    expect(await lab.call('POST', `join/${instance()}`, { identifier: 'AbCdEfGhIjKlMnOpQrStUv' })).toMatchObject(
      failure(400, 'identifier: this invite is invalid or has expired', 'validation_error'),
    );
  });
});
