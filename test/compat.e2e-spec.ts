import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

const LABEL = 'Support desk';
const ACTIONS = { tag: 'iq', xmlns: 'w:g2', type: 'set' } as const;

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
  simulator = await Simulator.start();
  const account = (n: number, name: string) => simulator.createAccount({ phone: `62812000000${n}`, name });
  [me, owner, ada, bea, shy] = [
    account(11, 'Me'),
    account(12, 'Owner'),
    account(13, 'Ada'),
    account(14, 'Bea'),
    account(15, 'Shy'),
  ];
  shy.account.privacy = 'none';
  gateway = await startGateway({ simulator });
  token = await gateway.apiKey(['read', 'send', 'manage']);
  session = await linkSession(gateway, token, me);
  await gateway.request('PATCH', `/api/v1/sessions/${session}`, {
    token,
    body: { label: LABEL, ratePerMin: 10_000, ratePerHour: 100_000 },
  });
});

afterAll(async () => {
  await gateway.close();
  await simulator.stop();
});

beforeEach(() => simulator.log.clear());
afterEach(() => simulator.faults.clear());

/** As a client of product B calls: its key in `token`. */
function call(method: string, path: string, body?: unknown, key = token): Promise<Answer> {
  return gateway.request(method, `/api/group/${path}`, { body, headers: { token: key } });
}

const instance = (): string => encodeURIComponent(LABEL);
const query = (jid: string): string => `identifier=${encodeURIComponent(jid)}`;
const manage = (body: unknown, name = instance()): Promise<Answer> => call('POST', `participants/${name}`, body);

function failure(status: number, message: unknown, code: string, details: object = expect.any(Object)): object {
  return { status, body: { success: false, error: { message, code, details } } };
}

/** Once what the phone did is stored. */
async function stored(jid: string, role: string): Promise<string> {
  await eventually(async () => {
    const { body } = await gateway.request('GET', `/api/v1/sessions/${session}/groups/${jid}`, { token });
    expect(body).toMatchObject({ myRole: role });
  });
  return jid;
}

const groupOfMine = (...members: SimulatedPhone[]): Promise<string> =>
  stored(me.createGroup({ subject: 'Mine', participants: members.map(({ jid }) => jid) }), 'superadmin');

/** The account is what the owner makes it. */
async function groupOfTheirs(role: 'member' | 'admin', ...members: SimulatedPhone[]): Promise<string> {
  const jid = owner.createGroup({ subject: 'Theirs', participants: [me, ...members].map((one) => one.jid) });
  if (role === 'admin') owner.promote(jid, [me.jid]);
  return stored(jid, role);
}

describe('managing participants', () => {
  it('answers a result for each, and 200 even when some of them fail', async () => {
    const groupJid = await groupOfMine();
    const absent = '6281299999999';
    const { status, body } = await manage({
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
    const groupJid = await groupOfMine(ada);
    const code = me.inviteCode(groupJid);
    const done = { status: 200, body: { groupJid, participants: [{ jid: ada.jid, success: true }] } };
    expect(await manage({ action: 'promote', identifier: code, participants: [ada.jid] })).toMatchObject(done);
    const identifier = `https://chat.whatsapp.com/${code}`;
    expect(await manage({ action: 'demote', identifier, participants: [ada.jid] })).toMatchObject(done);
    expect(await manage({ action: 'remove', identifier, participants: [ada.jid] })).toMatchObject(done);
  });

  it.each(['approve', 'reject'])('%ss a pending request by the LID that the list shows', async (action) => {
    const groupJid = await groupOfMine();
    me.changeSetting(groupJid, 'approval', true);
    await eventually(async () =>
      expect(await call('GET', `info/${instance()}?${query(groupJid)}`)).toMatchObject({
        body: { group: { groupSettings: { requireAdminApproval: true } } },
      }),
    );
    ada.joinByInvite(me.inviteCode(groupJid));
    const { status, body } = await call('GET', `requests/${instance()}?${query(groupJid)}`);
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
    expect(await manage({ action, identifier: groupJid, participants: [ada.lid] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: ada.lid, success: true }] },
    });
    expect(await call('GET', `requests/${instance()}?${query(groupJid)}`)).toMatchObject({
      body: { requests: [], meta: { total: 0 } },
    });
  });

  it('approves by the phone number alone', async () => {
    const groupJid = await groupOfMine();
    await call('PUT', `update/${instance()}`, { identifier: groupJid, groupSettings: { requireAdminApproval: true } });
    bea.joinByInvite(me.inviteCode(groupJid));
    expect(await manage({ action: 'approve', identifier: groupJid, participants: [bea.number] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: bea.jid, success: true }] },
    });
  });

  it('answers 409 to an approval where nobody has to ask', async () => {
    const groupJid = await groupOfMine();
    expect(await manage({ action: 'approve', identifier: groupJid, participants: [ada.lid] })).toMatchObject(
      failure(409, expect.any(String), 'conflict', { reason: 'join_approval_off' }),
    );
  });

  it('ignores what it does not know in the body', async () => {
    const identifier = await groupOfMine();
    const body = { action: 'add', identifier, participants: [ada.jid], delay: 3, toString: 'x' };
    expect(await manage(body)).toMatchObject({ status: 200 });
  });

  it.each<[string, 'member' | 'admin']>([
    ['add', 'member'],
    ['remove', 'member'],
    ['promote', 'member'],
    ['promote', 'admin'],
    ['demote', 'admin'],
  ])('refuses to %s for an account that is only %s', async (action, role) => {
    const identifier = await groupOfTheirs(role, ada);
    simulator.log.clear();
    const answer = await manage({ action, identifier, participants: [ada.jid] });
    expect(answer).toMatchObject(failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'));
    if (action !== 'remove') expect(simulator.log.count(ACTIONS)).toBe(0);
  });

  it('lets an ordinary admin add and remove', async () => {
    const identifier = await groupOfTheirs('admin', ada);
    expect(await manage({ action: 'add', identifier, participants: [bea.jid] })).toMatchObject({ status: 200 });
    expect(await manage({ action: 'remove', identifier, participants: [ada.jid] })).toMatchObject({ status: 200 });
  });

  it('looks at the group even when everybody named is nonsense, and asks WhatsApp nothing', async () => {
    const identifier = await groupOfMine();
    simulator.log.clear();
    expect(await manage({ action: 'add', identifier, participants: ['x'] })).toMatchObject({
      status: 200,
      body: { participants: [{ jid: 'x', success: false }] },
    });
    expect(await manage({ action: 'add', identifier: '120363000000000000@g.us', participants: ['x'] })).toMatchObject(
      failure(404, 'Group not found or you are not a member of this group', 'not_found'),
    );
    const theirs = await groupOfTheirs('member');
    expect(await manage({ action: 'add', identifier: theirs, participants: ['x'] })).toMatchObject(
      failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'),
    );
    expect(simulator.log.count(ACTIONS)).toBe(0);
  });

  it('acts once for one idempotency key, and answers the same', async () => {
    const identifier = await groupOfMine();
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

describe('bad input', () => {
  const INVALID_ACTION = 'Invalid action. Must be one of: add, remove, promote, demote, approve, reject';

  it.each<[string, object, string, string[]]>([
    ['no action', { participants: [], identifier: '' }, INVALID_ACTION, ['action', 'participants', 'identifier']],
    [
      'an unknown action',
      { action: 'ban', participants: ['1'], identifier: 'x@g.us' },
      INVALID_ACTION,
      ['action', 'identifier'],
    ],
    ['no participants', { action: 'add' }, 'At least one participant is required', ['participants', 'identifier']],
    [
      'an empty list',
      { action: 'add', participants: [] },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    [
      'no list',
      { action: 'add', participants: '1' },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    [
      'null',
      { action: 'add', participants: null },
      'At least one participant is required',
      ['participants', 'identifier'],
    ],
    ['no identifier', { action: 'add', participants: ['1'] }, 'Identifier is required', ['identifier']],
    [
      'a blank identifier',
      { action: 'add', participants: ['1'], identifier: ' ' },
      'Identifier is required',
      ['identifier'],
    ],
    [
      'a malformed identifier',
      { action: 'add', participants: ['1'], identifier: 'a@b' },
      'identifier: must be the JID of a group, an invite code or an invite link',
      ['identifier'],
    ],
    [
      'too many participants',
      { action: 'add', participants: Array.from({ length: 1025 }, () => '1'), identifier: '120363000000000000@g.us' },
      'participants: must have at most 1024 items',
      ['participants'],
    ],
  ])('is told before the instance is looked for: %s', async (_, body, message, paths) => {
    const fields = paths.map((path) => expect.objectContaining({ path }) as unknown);
    const answer = failure(400, message, 'validation_error', { fields });
    expect(await manage(body, 'nobody')).toMatchObject(answer);
  });

  it('is an invite that leads nowhere', async () => {
    const body = { action: 'add', participants: [ada.jid], identifier: 'AbCdEfGhIjKlMnOpQrStUv' };
    expect(await manage(body)).toMatchObject(
      failure(400, 'identifier: this invite is invalid or has expired', 'validation_error', {
        fields: [{ path: 'identifier', message: 'this invite is invalid or has expired' }],
      }),
    );
  });

  it.each(['GET requests', 'GET info', 'POST resetLink', 'POST join', 'DELETE leave', 'PUT update'])(
    'is a missing identifier: %s',
    async (route) => {
      const [method = '', path] = route.split(' ');
      const body = ['POST', 'PUT'].includes(method) ? {} : undefined;
      expect(await call(method, `${path}/nobody`, body)).toMatchObject(
        failure(400, 'Identifier is required', 'validation_error'),
      );
    },
  );

  it('is a JID where only an invite can lead anywhere', async () => {
    expect(await call('POST', `join/${instance()}`, { identifier: '120363000000000000@g.us' })).toMatchObject(
      failure(400, 'identifier: must be an invite code or an invite link', 'validation_error'),
    );
  });

  it.each<[object, unknown]>([
    [{ participants: ['1'] }, 'name: is required'],
    [{ name: '', participants: [1] }, 'name: must not be empty'],
    [{ name: 'x'.repeat(101), participants: [1] }, expect.stringMatching(/^name: must have at most 100/)],
    [{ name: 'x' }, 'At least one participant is required'],
    [{ name: 'x', participants: ['y'] }, expect.stringMatching(/^participants\[0\]: must be a user/)],
    [
      { name: 'x', participants: [1], groupSettings: { membersCanEditInfo: 1 } },
      'groupSettings.membersCanEditInfo: must be true or false',
    ],
  ])('is a new group of %j', async (body, message) => {
    expect(await call('POST', `create/${instance()}`, body)).toMatchObject(failure(400, message, 'validation_error'));
  });

  it('is an update that changes nothing', async () => {
    for (const more of [{}, { groupSettings: {} }, { groupSettings: { unknown: true } }]) {
      const body = { identifier: '120363000000000000@g.us', ...more };
      expect(await call('PUT', 'update/nobody', body)).toMatchObject(
        failure(400, 'body: needs at least one of name, description, groupSettings', 'validation_error'),
      );
    }
  });

  it('is malformed JSON, another type, an oversized body', async () => {
    const send = (body: string, type = 'application/json') =>
      gateway.request('POST', '/api/group/participants/nobody', { body, headers: { token, 'content-type': type } });
    expect(await send('{')).toMatchObject(failure(400, 'body: is not valid JSON', 'validation_error'));
    expect(await send('x', 'text/plain')).toMatchObject(
      failure(415, 'the body must be application/json', 'unsupported_media_type'),
    );
    expect(await send(`"${'x'.repeat(1024 * 1024)}"`)).toMatchObject(
      failure(413, 'the body is larger than 1 MiB', 'payload_too_large'),
    );
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
    expect(await call('POST', 'participants/nobody', '{', 'wrong')).toMatchObject(
      failure(401, 'a valid bearer token is required', 'unauthorized'),
    );
    const reader = await gateway.apiKey(['read']);
    expect(await call('POST', 'participants/nobody', '{', reader)).toMatchObject(
      failure(403, 'this needs send', 'forbidden', { reason: 'capability_missing', required: ['send'] }),
    );
    const sender = await gateway.apiKey(['send']);
    expect(await call('GET', 'list/nobody', undefined, sender)).toMatchObject(
      failure(403, 'this needs read', 'forbidden'),
    );
  });

  it('sees only the instances of their organization and of their key', async () => {
    const missing = failure(404, 'Instance not found', 'not_found', {});
    const tokenInstance = await gateway.apiKey(['read', 'send'], { sessionIds: [session] });
    const elsewhere = await gateway.apiKey(['read', 'send'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] });
    const stranger = await gateway.apiKey(['read', 'send'], { organizationId: 'another' });
    for (const name of [session, instance()]) {
      expect(await call('GET', `list/${name}`, undefined, tokenInstance)).toMatchObject({ status: 200 });
      expect(await call('GET', `list/${name}`, undefined, elsewhere)).toMatchObject(missing);
      expect(await call('GET', `list/${name}`, undefined, stranger)).toMatchObject(missing);
      expect(await call('POST', `participants/${name}`, nobody, stranger)).toMatchObject(missing);
    }
    expect(await call('GET', 'list/nobody')).toMatchObject(missing);
    expect(await call('GET', 'list/%00')).toMatchObject(missing);
    expect(await manage(nobody, 'nobody')).toMatchObject(missing);
  });

  it('is told of a group that there is none of', async () => {
    const none = failure(404, 'Group not found or you are not a member of this group', 'not_found');
    const theirs = owner.createGroup({ subject: 'Closed', participants: [] });
    for (const jid of ['120363000000000000@g.us', theirs]) {
      expect(await manage({ ...nobody, identifier: jid, participants: [ada.jid] })).toMatchObject(none);
      expect(await manage({ ...nobody, action: 'promote', identifier: jid, participants: [ada.jid] })).toMatchObject(
        none,
      );
      expect(await call('GET', `info/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await call('GET', `requests/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await call('DELETE', `leave/${instance()}?${query(jid)}`)).toMatchObject(none);
      expect(await call('POST', `resetLink/${instance()}`, { identifier: jid })).toMatchObject(none);
      expect(await call('PUT', `update/${instance()}`, { identifier: jid, name: 'x' })).toMatchObject(none);
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

describe('groups', () => {
  it('are listed with their settings, without those that the account has left, and with no question to WhatsApp', async () => {
    const mine = await groupOfMine(ada);
    const left = await groupOfTheirs('member');
    owner.remove(left, [me.jid]);
    await stored(left, 'left');
    simulator.log.clear();
    const { status, body } = await call('GET', `list/${instance()}`);
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
    expect(await call('GET', `info/${instance()}?${query(left)}`)).toMatchObject(
      failure(404, 'Group not found or you are not a member of this group', 'not_found'),
    );
  });

  it('are shown one by one, to an admin with the invite, with participants where they are asked for', async () => {
    const jid = await groupOfMine(ada);
    const inviteCode = me.inviteCode(jid);
    const { body } = await call('GET', `info/${instance()}?participants=true&${query(jid)}`);
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
    const brief = (await call('GET', `info/${instance()}?participants=false&${query(jid)}&more=1`)).body as {
      group: object;
    };
    expect(brief.group).not.toHaveProperty('participants');
    const theirs = await groupOfTheirs('member');
    const foreign = (await call('GET', `info/${instance()}?${query(theirs)}`)).body as { group: object };
    expect(foreign.group).toMatchObject({ jid: theirs, createdBy: owner.jid });
    expect(foreign.group).not.toHaveProperty('inviteCode');
  });

  it('are made with description and settings', async () => {
    const { status, headers, body } = await call('POST', `create/${instance()}`, {
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
    expect((await call('GET', `info/${instance()}?participants=true&${query(group.jid)}`)).body).toMatchObject({
      group: { ...group, participants: expect.any(Array) },
    });
  });

  it('that were made are named even when their settings fail', async () => {
    simulator.faults.iqError({ tag: 'iq', xmlns: 'w:g2', child: 'announcement' }, 500, 'internal');
    const { status, body } = await call('POST', `create/${instance()}`, {
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
    const { status, body } = await call('POST', `create/${instance()}`, { name: 'Odd', participants: [ada.jid] });
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, message: 'Group created' } });
    expect((body as { group: object }).group).not.toHaveProperty('inviteCode');
  });

  it('are changed', async () => {
    const identifier = await groupOfMine();
    const { status, body } = await call('PUT', `update/${instance()}`, {
      identifier,
      name: 'Renamed',
      description: 'New',
      groupSettings: { membersCanEditInfo: false, membersCanAddOthers: true },
    });
    const groupSettings = { membersCanEditInfo: false, membersCanSendMessages: true, membersCanAddOthers: true };
    const group = { jid: identifier, name: 'Renamed', description: 'New', groupSettings };
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, group } });
    expect((await call('GET', `info/${instance()}?${query(identifier)}`)).body).toMatchObject({ group });
    const emptied = await call('PUT', `update/${instance()}`, { identifier, description: '' });
    expect(emptied.body).toMatchObject({ group: { name: 'Renamed', description: '' } });
  });

  it('are changed by admins only, where they are locked', async () => {
    const identifier = await groupOfTheirs('member');
    const body = { identifier, groupSettings: { membersCanSendMessages: false } };
    expect(await call('PUT', `update/${instance()}`, body)).toMatchObject(
      failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden', {
        failed: 'groupSettings.membersCanSendMessages',
        applied: [],
      }),
    );
  });

  it('have a link that an admin resets', async () => {
    const identifier = await groupOfMine();
    const old = me.inviteCode(identifier);
    const { status, body } = await call('POST', `resetLink/${instance()}`, { identifier: old });
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
    expect(await call('POST', `resetLink/${instance()}`, { identifier: await groupOfTheirs('member') })).toMatchObject(
      failure(403, 'Not authorized to perform this action (must be admin)', 'forbidden'),
    );
  });

  it('are joined by code and by link, and left', async () => {
    const groupJid = owner.createGroup({ subject: 'Open', participants: [ada.jid] });
    const identifier = owner.inviteCode(groupJid);
    const joined = { status: 200, body: { success: true, groupJid, requiresApproval: false } };
    expect(await call('POST', `join/${instance()}`, { identifier })).toMatchObject(joined);
    const link = `https://chat.whatsapp.com/${identifier}`;
    expect(await call('POST', `join/${instance()}`, { identifier: link })).toMatchObject(joined);
    expect(await call('DELETE', `leave/${instance()}?${query(groupJid)}`)).toEqual(
      expect.objectContaining({ status: 200, body: { success: true, message: expect.any(String), groupJid } }),
    );
    await stored(groupJid, 'left');
  });

  it('that approve their members say so to who joins', async () => {
    const groupJid = owner.createGroup({ subject: 'Choosy', participants: [ada.jid] });
    owner.changeSetting(groupJid, 'approval', true);
    expect(await call('POST', `join/${instance()}`, { identifier: owner.inviteCode(groupJid) })).toMatchObject({
      status: 200,
      body: { success: true, groupJid, requiresApproval: true },
    });
    expect(await call('POST', `join/${instance()}`, { identifier: 'AbCdEfGhIjKlMnOpQrStUv' })).toMatchObject(
      failure(400, 'identifier: this invite is invalid or has expired', 'validation_error'),
    );
  });
});

describe('an action of which no answer came', () => {
  /** The connection closes once WhatsApp has done it; the same request again finds out. */
  async function twice(child: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { token, 'idempotency-key': `lost-${child}` };
    const send = () => gateway.request(method, `/api/group/${path}`, { body, headers });
    simulator.faults.actThenClose({ ...ACTIONS, child });
    expect(await send()).toMatchObject(
      failure(504, expect.any(String), 'upstream_timeout', expect.objectContaining({ outcome: 'unknown' })),
    );
    await statusIs(gateway, token, session, 'working');
    return eventually(async () => {
      const answer = await send();
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
      expect(answer.status).not.toBe(504);
      return answer;
    });
  }

  it('is told when it is asked for again: participants, those who are malformed included', async () => {
    const groupJid = await groupOfMine(bea);
    const identifier = me.inviteCode(groupJid);
    const participants = [Number(ada.number), 'nonsense', shy.jid];
    const answer = await twice('add', 'POST', `participants/${session}`, { action: 'add', identifier, participants });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        message: 'add: done for 1 of 3 participants',
        groupJid,
        participants: [
          { jid: ada.jid, success: true },
          { jid: 'nonsense', success: false },
          { jid: shy.jid, success: false, error: 'no answer came: whether this was done is not known' },
        ],
      },
    });
    expect(simulator.log.count({ ...ACTIONS, child: 'add' })).toBe(1);
  });

  it('is told when it is asked for again: leaving', async () => {
    const groupJid = await groupOfTheirs('member');
    const answer = await twice('leave', 'DELETE', `leave/${instance()}?${query(groupJid)}`);
    expect(answer).toMatchObject({ status: 200, body: { success: true, message: 'Left the group', groupJid } });
    expect(simulator.log.count({ ...ACTIONS, child: 'leave' })).toBe(1);
  });

  it('is told when it is asked for again: joining', async () => {
    const groupJid = owner.createGroup({ subject: 'Open', participants: [ada.jid] });
    const answer = await twice('invite', 'POST', `join/${session}`, { identifier: owner.inviteCode(groupJid) });
    expect(answer).toMatchObject({ status: 200, body: { success: true, groupJid, requiresApproval: false } });
    expect(simulator.log.count({ ...ACTIONS, child: 'invite' })).toBe(1);
  });

  it('is told when it is asked for again: an update', async () => {
    const identifier = await groupOfMine();
    const body = { identifier, groupSettings: { membersCanSendMessages: false } };
    const answer = await twice('announcement', 'PUT', `update/${session}`, body);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        group: { jid: identifier, name: 'Mine', groupSettings: { membersCanSendMessages: false } },
      },
    });
    expect(simulator.log.count({ ...ACTIONS, child: 'announcement' })).toBe(1);
  });
});

describe('an instance that is not connected', () => {
  it('answers 400, after the instance was found and before the group is', async () => {
    const { body } = await gateway.request('POST', '/api/v1/sessions', { token, body: { label: 'idle' } });
    const { id } = body as { id: string };
    const identifier = '120363000000000000@g.us';
    const answer = failure(400, 'Instance is not connected to WhatsApp', 'validation_error', {
      reason: 'session_not_connected',
      sessionStatus: 'stopped',
    });
    for (const name of [id, 'idle']) {
      expect(await manage({ action: 'add', identifier, participants: ['x'] }, name)).toMatchObject(answer);
      expect(await manage({ action: 'promote', identifier, participants: [ada.jid] }, name)).toMatchObject(answer);
      expect(await call('GET', `requests/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await call('POST', `resetLink/${name}`, { identifier })).toMatchObject(answer);
      expect(await call('POST', `join/${name}`, { identifier: 'AbCdEfGhIjKlMnOpQrStUv' })).toMatchObject(answer);
      expect(await call('DELETE', `leave/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await call('GET', `info/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await call('GET', `list/${name}`)).toMatchObject(answer);
      expect(await call('POST', `create/${name}`, { name: 'x', participants: [ada.jid] })).toMatchObject(answer);
      expect(await call('PUT', `update/${name}`, { identifier, name: 'x' })).toMatchObject(answer);
    }
    expect(await manage({ action: 'add', participants: ['x'] }, 'idle')).toMatchObject(
      failure(400, 'Identifier is required', 'validation_error'),
    );
  });

  it('answers again once it is', async () => {
    await gateway.request('POST', `/api/v1/sessions/${session}:stop`, { token });
    expect(await call('GET', `list/${instance()}`)).toMatchObject({ status: 400 });
    await gateway.request('POST', `/api/v1/sessions/${session}:start`, { token });
    await statusIs(gateway, token, session, 'working');
    expect(await call('GET', `list/${instance()}`)).toMatchObject({ status: 200 });
  });
});

describe('the rate limit', () => {
  it('is 100 a minute for each token, told in every answer', async () => {
    const own = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: '' } });
    try {
      const key = await own.apiKey(['read']);
      const ask = (headers: Record<string, string>) => own.request('GET', '/api/group/list/nobody', { headers });
      const limits = ({ headers }: Answer) =>
        ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
      const now = Math.floor(Date.now() / 1_000);
      const [limit, remaining, reset] = limits(await ask({ token: key }));
      expect([limit, remaining]).toEqual(['100', '99']);
      expect(Number(reset)).toBeGreaterThanOrEqual(now);
      expect(Number(reset)).toBeLessThanOrEqual(now + 120);
      const forbidden = await own.request('POST', '/api/group/join/nobody', { body: {}, headers: { token: key } });
      expect([forbidden.status, ...limits(forbidden).slice(0, 2)]).toEqual([403, '100', '98']);
      // The same key by another header is the same key.
      for (let left = 97; left >= 0; left--) {
        const answer = await ask({ authorization: `Bearer ${key}` });
        expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([404, String(left)]);
      }
      const refused = await ask({ token: key });
      expect(refused).toMatchObject(
        failure(429, 'Rate limit exceeded. Try again later.', 'rate_limited', { reason: 'credential_rate_limited' }),
      );
      expect(limits(refused).slice(0, 2)).toEqual(['100', '0']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await ask({ token: await own.apiKey(['read']) })).status).toBe(404);
      expect((await own.request('GET', '/api/v1/sessions', { token: key })).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it("answers the same to WhatsApp's own", async () => {
    const identifier = await groupOfMine(ada);
    simulator.faults.iqError({ tag: 'iq', xmlns: 'w:g2', type: 'set' }, 429, 'rate-overlimit', { backoff: 2 });
    const answer = await manage({ action: 'remove', identifier, participants: [ada.jid] });
    expect(answer).toMatchObject(
      failure(429, 'Rate limit exceeded. Try again later.', 'rate_limited', { reason: 'whatsapp_rate_limited' }),
    );
  });
});
