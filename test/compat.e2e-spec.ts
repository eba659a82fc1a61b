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
let bea: SimulatedPhone;
let shy: SimulatedPhone;

beforeAll(async () => {
  lab = await CompatLab.start();
  ({ simulator, gateway, token, session, me, owner, ada, bea, shy } = lab);
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.forget());

describe('managing participants', () => {
  it('answers a result for each, and 200 even when some of them fail', async () => {
    const groupJid = await lab.groupOfMine();
    const absent = '6281299999999';
    const { status, body } = await lab.manage({
      action: 'add',
      identifier: groupJid,
      participants: [ada.number, shy.jid, absent, 'nonsense', Number(bea.number), { x: 1 }, ada.jid],
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        message: 'add: done for 3 of 7 participants',
        groupJid,
        participants: [
          { jid: ada.jid, success: true },
          { jid: shy.jid, success: false, error: expect.stringContaining('privacy') },
          { jid: `${absent}@s.whatsapp.net`, success: false, error: expect.stringContaining('not on WhatsApp') },
          { jid: 'nonsense', success: false, error: expect.stringContaining('must be a user') },
          { jid: bea.jid, success: true },
          { jid: '{"x":1}', success: false, error: expect.stringContaining('must be a user') },
          { jid: ada.jid, success: true },
        ],
      },
    });
  });

  it('promotes, demotes and removes, in the group that an invite code or link leads to', async () => {
    const groupJid = await lab.groupOfMine(ada);
    const code = me.inviteCode(groupJid);
    const done = { status: 200, body: { groupJid, participants: [{ jid: ada.jid, success: true }] } };
    expect(await lab.manage({ action: 'promote', identifier: code, participants: [ada.jid] })).toMatchObject(done);
    const identifier = `https://chat.whatsapp.com/${code}`;
    expect(await lab.manage({ action: 'demote', identifier, participants: [ada.jid] })).toMatchObject(done);
    expect(await lab.manage({ action: 'remove', identifier, participants: [ada.jid] })).toMatchObject(done);
  });

  it.each(['approve', 'reject'])('%ss a pending request by the LID that the list shows', async (action) => {
    const groupJid = await lab.groupOfMine();
    me.changeSetting(groupJid, 'approval', true);
    await eventually(async () =>
      expect(await lab.call('GET', `info/${instance()}?${query(groupJid)}`)).toMatchObject({
        body: { group: { groupSettings: { requireAdminApproval: true } } },
      }),
    );
    ada.joinByInvite(me.inviteCode(groupJid));
    const { status, body } = await lab.call('GET', `requests/${instance()}?${query(groupJid)}`);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        message: expect.any(String),
        groupJid,
        requests: [{ jid: ada.lid, phoneNumber: ada.number, requestedAt: expect.stringMatching(/^\d{4}-.*Z$/) }],
        meta: { total: 1 },
      },
    });
    expect(await lab.manage({ action, identifier: groupJid, participants: [ada.lid] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: ada.lid, success: true }] },
    });
    expect(await lab.call('GET', `requests/${instance()}?${query(groupJid)}`)).toMatchObject({
      body: { requests: [], meta: { total: 0 } },
    });
  });

  it('approves by the phone number alone', async () => {
    const groupJid = await lab.groupOfMine();
    await lab.call('PUT', `update/${instance()}`, {
      identifier: groupJid,
      groupSettings: { requireAdminApproval: true },
    });
    bea.joinByInvite(me.inviteCode(groupJid));
    expect(await lab.manage({ action: 'approve', identifier: groupJid, participants: [bea.number] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: bea.jid, success: true }] },
    });
  });

  it('answers 409 to an approval where nobody has to ask', async () => {
    const groupJid = await lab.groupOfMine();
    expect(await lab.manage({ action: 'approve', identifier: groupJid, participants: [ada.lid] })).toMatchObject(
      failure(409, expect.any(String), 'conflict', { reason: 'join_approval_off' }),
    );
  });

  it('ignores what it does not know in the body', async () => {
    const identifier = await lab.groupOfMine();
    const body = { action: 'add', identifier, participants: [ada.jid], delay: 3, toString: 'x' };
    expect(await lab.manage(body)).toMatchObject({ status: 200 });
  });

  it.each<[string, 'member' | 'admin']>([
    ['add', 'member'],
    ['remove', 'member'],
    ['promote', 'member'],
    ['promote', 'admin'],
    ['demote', 'admin'],
  ])('refuses to %s for an account that is only %s', async (action, role) => {
    const identifier = await lab.groupOfTheirs(role, ada);
    simulator.log.clear();
    const answer = await lab.manage({ action, identifier, participants: [ada.jid] });
    expect(answer).toMatchObject(failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'));
    if (action !== 'remove') expect(simulator.log.count(ACTIONS)).toBe(0);
  });

  it('lets an ordinary admin add and remove', async () => {
    const identifier = await lab.groupOfTheirs('admin', ada);
    expect(await lab.manage({ action: 'add', identifier, participants: [bea.jid] })).toMatchObject({ status: 200 });
    expect(await lab.manage({ action: 'remove', identifier, participants: [ada.jid] })).toMatchObject({ status: 200 });
  });

  it('looks at the group even when everybody named is nonsense, and asks WhatsApp nothing', async () => {
    const identifier = await lab.groupOfMine();
    simulator.log.clear();
    expect(await lab.manage({ action: 'add', identifier, participants: ['x'] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: 'x', success: false }] },
    });
    expect(
      await lab.manage({ action: 'add', identifier: '120363000000000000@g.us', participants: ['x'] }),
    ).toMatchObject(failure(404, 'Group not found or you are not a member of this group', 'not_found'));
    const theirs = await lab.groupOfTheirs('member');
    expect(await lab.manage({ action: 'add', identifier: theirs, participants: ['x'] })).toMatchObject(
      failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'),
    );
    expect(simulator.log.count(ACTIONS)).toBe(0);
  });

  it('acts once for one idempotency key, and answers the same', async () => {
    const identifier = await lab.groupOfMine();
    simulator.log.clear();
    const send = (name: string) =>
      gateway.request('POST', `/api/group/participants/${name}`, {
        body: { action: 'add', identifier, participants: [ada.jid] },
        headers: { token, 'idempotency-key': 'once' },
      });
    const first = await send(session);
    const again = await send(session);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(simulator.log.count(ACTIONS)).toBe(1);
  });
});

describe('who calls', () => {
  const nobody = { action: 'add', participants: ['1'], identifier: '120363000000000000@g.us' };

  it('is told by `token`, and by Authorization with either kind, which decides', async () => {
    const list = (headers: Record<string, string>) =>
      gateway.request('GET', `/api/group/list/${session}`, { headers }).then(({ status }) => status);
    expect(await list({ token })).toBe(200);
    expect(await list({ authorization: `Bearer ${token}` })).toBe(200);
    expect(await list({ authorization: `Bearer ${await gateway.jwt()}` })).toBe(200);
    expect(await list({ authorization: 'Bearer wrong', token })).toBe(401);
    expect(await list({ token: await gateway.jwt() })).toBe(401);
    expect(await list({})).toBe(401);
  });

  it('is told by `token` nowhere else', async () => {
    expect(await gateway.request('GET', '/api/v1/sessions', { headers: { token } })).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    });
  });

  it('is asked before anything else, then the capability', async () => {
    expect(await lab.call('POST', 'participants/nobody', '{', 'wrong')).toMatchObject(
      failure(401, 'a valid bearer token is required', 'unauthorized'),
    );
    const reader = await gateway.apiKey(['read']);
    expect(await lab.call('POST', 'participants/nobody', '{', reader)).toMatchObject(
      failure(403, 'this needs send', 'forbidden', { reason: 'capability_missing', required: ['send'] }),
    );
    const sender = await gateway.apiKey(['send']);
    expect(await lab.call('GET', 'list/nobody', undefined, sender)).toMatchObject(
      failure(403, 'this needs read', 'forbidden'),
    );
  });

  it('sees only the instances of their organization and of their key', async () => {
    const missing = failure(404, 'Instance not found', 'not_found', {});
    const tokenInstance = await gateway.apiKey(['read', 'send'], { sessionIds: [session] });
    const elsewhere = await gateway.apiKey(['read', 'send'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] });
    const stranger = await gateway.apiKey(['read', 'send'], { organizationId: 'another' });
    for (const name of [session, instance()]) {
      expect(await lab.call('GET', `list/${name}`, undefined, tokenInstance)).toMatchObject({ status: 200 });
      expect(await lab.call('GET', `list/${name}`, undefined, elsewhere)).toMatchObject(missing);
      expect(await lab.call('GET', `list/${name}`, undefined, stranger)).toMatchObject(missing);
      expect(await lab.call('POST', `participants/${name}`, nobody, stranger)).toMatchObject(missing);
    }
    expect(await lab.call('GET', 'list/nobody')).toMatchObject(missing);
    expect(await lab.call('GET', 'list/%00')).toMatchObject(missing);
    expect(await lab.manage(nobody, 'nobody')).toMatchObject(missing);
  });

  it('is told of a group that there is none of', async () => {
    const none = failure(404, 'Group not found or you are not a member of this group', 'not_found');
    const theirs = owner.createGroup({ subject: 'Closed', participants: [] });
    for (const jid of ['120363000000000000@g.us', theirs]) {
      expect(await lab.manage({ ...nobody, identifier: jid, participants: [ada.jid] })).toMatchObject(none);
      expect(
        await lab.manage({ ...nobody, action: 'promote', identifier: jid, participants: [ada.jid] }),
      ).toMatchObject(none);
      expect(await lab.call('GET', `info/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await lab.call('GET', `requests/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await lab.call('DELETE', `leave/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await lab.call('POST', `resetLink/${instance()}`, { identifier: jid })).toMatchObject(none);
      expect(await lab.call('PUT', `update/${instance()}`, { identifier: jid, name: 'x' })).toMatchObject(none);
    }
  });

  it.each([
    ['GET', '', 404, 'not_found'],
    ['GET', '/nothing', 404, 'not_found'],
    ['PATCH', '/participants/x', 404, 'not_found'],
    ['GET', '/list/%zz', 400, 'validation_error'],
  ])('is told in the same envelope of %s /api/group%s', async (method, path, status, code) => {
    expect(await gateway.request(method, `/api/group${path}`, { headers: { token } })).toMatchObject(
      failure(status, expect.any(String), code),
    );
  });
});
