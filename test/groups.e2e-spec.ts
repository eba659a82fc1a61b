import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { LinkedRig } from './support/linked-rig.js';
import type { TestGateway } from './support/start-gateway.js';

interface Group {
  groupJid: string;
  subject?: string;
  myRole: string;
  participantCount: number;
  updatedAt: number;
}

const GROUP_QUERY = { tag: 'iq', xmlns: 'w:g2' } as const;

let rig: LinkedRig;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let ada: SimulatedPhone;
let mine: string;
let theirs: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    owner = person('Owner');
    ada = person('Ada');
    mine = me.createGroup({ subject: 'Mine', participants: [ada.jid] });
    theirs = owner.createGroup({ subject: 'Theirs', participants: [me.jid], announcement: true });
  });
  ({ simulator, gateway, token, session, me } = rig);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());
afterEach(() => rig.forget());

const root = (): string => `/api/v1/sessions/${session}`;
const call = (method: string, path: string, body?: unknown) =>
  gateway.request(method, `${root()}${path}`, { token, body });
const join = (invite: unknown) => call('POST', '/groups:join', { invite });
const leave = (jid: string) => call('POST', `/groups/${jid}:leave`);
const patch = (jid: string, body: unknown) => call('PATCH', `/groups/${jid}`, body);

async function group(jid: string): Promise<Group> {
  const { status, body } = await call('GET', `/groups/${jid}`);
  expect(status).toBe(200);
  return body as Group;
}

describe('listing groups', () => {
  it('answers every stored group with its settings and the role of the account', async () => {
    const { body } = await call('GET', '/groups');
    expect((body as { nextCursor: string }).nextCursor).toBe('');
    expect((body as { data: Group[] }).data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          groupJid: mine,
          subject: 'Mine',
          myRole: 'superadmin',
          participantCount: 2,
          isAnnounce: false,
        }),
        expect.objectContaining({
          groupJid: theirs,
          subject: 'Theirs',
          myRole: 'member',
          participantCount: 2,
          isAnnounce: true,
        }),
      ]),
    );
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });

  it('pages by cursor (pain 8)', async () => {
    const first = (await call('GET', '/groups?limit=1')).body as { data: Group[]; nextCursor: string };
    const rest = (await call('GET', `/groups?limit=1000&cursor=${first.nextCursor}`)).body as {
      data: Group[];
      nextCursor: string;
    };
    const { data } = (await call('GET', '/groups')).body as { data: Group[] };
    expect([...first.data, ...rest.data]).toEqual(data);
    expect(rest.nextCursor).toBe('');
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'cursor=%21', 'unknown=1'])('answers 400 for ?%s', async (query) => {
    const field = query.split('=')[0];
    expect(await call('GET', `/groups?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: field }] } } },
    });
  });

  it('is 404 to another organization and to a key that is limited to other sessions', async () => {
    const strangers = [
      await gateway.apiKey(['read'], { organizationId: 'another' }),
      await gateway.apiKey(['read'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] }),
    ];
    for (const stranger of strangers) {
      expect(await gateway.request('GET', `${root()}/groups`, { token: stranger })).toMatchObject({ status: 404 });
      expect(await gateway.request('GET', `${root()}/groups/${mine}`, { token: stranger })).toMatchObject({
        status: 404,
      });
    }
  });

  it('shows what others change, and when', async () => {
    const before = await group(theirs);
    owner.changeSubject(theirs, 'Renamed');
    owner.changeSetting(theirs, 'locked', true);
    await eventually(async () => expect(await group(theirs)).toMatchObject({ subject: 'Renamed', isLocked: true }));
    expect((await group(theirs)).updatedAt).toBeGreaterThanOrEqual(before.updatedAt);
  });

  it('shows a group that somebody else puts the account into', async () => {
    const jid = owner.createGroup({ subject: 'New', participants: [me.jid] });
    await eventually(async () => expect(await group(jid)).toMatchObject({ myRole: 'member' }));
    owner.remove(jid, [me.jid]);
    await eventually(async () => expect(await group(jid)).toMatchObject({ myRole: 'left' }));
  });

  it('reads everything again when WhatsApp says that the list is stale', async () => {
    const read = simulator.log.next({ ...GROUP_QUERY, child: 'participating' });
    me.sendGroupsDirty();
    await read;
  });

  it('does not touch what a synchronisation finds as it was', async () => {
    const before = await group(mine);
    const read = simulator.log.next({ ...GROUP_QUERY, child: 'participating' });
    me.sendGroupsDirty();
    await read;
    owner.changeSubject(theirs, 'Seen');
    await eventually(async () => expect((await group(theirs)).subject).toBe('Seen'));
    expect(await group(mine)).toEqual(before);
  });
});

describe('reading all groups again on demand', () => {
  const LIST = { ...GROUP_QUERY, child: 'participating' };
  const readings = (): number => gateway.log.filter(({ msg }) => msg === 'groups synchronised').length;

  it('answers 202 without a body, and brings what the stored groups lack', async () => {
    const before = readings();
    expect(await call('POST', '/groups:sync')).toMatchObject({ status: 202, body: undefined });
    await eventually(() => expect(readings()).toBe(before + 1));
    expect(simulator.log.count(LIST)).toBe(1);
  });

  it('is one reading for all who ask while it is under way', async () => {
    const held = simulator.faults.hold(LIST);
    const read = simulator.log.next(LIST);
    await call('POST', '/groups:sync');
    await read;
    const answers = await Promise.all([call('POST', '/groups:sync'), call('POST', '/groups:sync')]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    owner.changeSubject(theirs, 'After all that');
    held.release();
    await eventually(async () => expect((await group(theirs)).subject).toBe('After all that'));
    expect(held.used).toBe(1);
    expect(simulator.log.count(LIST)).toBe(1);
  });

  it('needs `send`, and is 404 to another organization', async () => {
    const reader = await gateway.apiKey(['read']);
    expect((await gateway.request('POST', `${root()}/groups:sync`, { token: reader })).status).toBe(403);
    const stranger = await gateway.apiKey(['send'], { organizationId: 'another' });
    expect((await gateway.request('POST', `${root()}/groups:sync`, { token: stranger })).status).toBe(404);
  });
});

describe('making a group', () => {
  it('answers 201 with what WhatsApp made, and stores it', async () => {
    const { status, body, headers } = await call('POST', '/groups', {
      name: 'Made',
      participants: [ada.jid, owner.number],
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      groupJid: expect.stringMatching(/@g\.us$/),
      subject: 'Made',
      ownerJid: me.jid,
      isAnnounce: false,
      isLocked: false,
      participants: 3,
    });
    expect(headers.has('x-participants-failed')).toBe(false);
    expect(await group((body as Group).groupJid)).toMatchObject({ myRole: 'superadmin', participantCount: 3 });
  });

  it('tells how many participants WhatsApp declined, and does not count them', async () => {
    simulator.faults.participantError(ada.number, 403);
    const { status, body, headers } = await call('POST', '/groups', {
      name: 'Made',
      participants: [ada.jid, owner.jid],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ participants: 2 });
    expect(headers.get('x-participants-failed')).toBe('1');
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['name', 'participants']],
    ['an empty name', { name: ' ', participants: [ada0()] }, ['name']],
    ['a long name', { name: 'x'.repeat(101), participants: [ada0()] }, ['name']],
    ['a wrong participant', { name: 'x', participants: [ada0(), 'nobody@example.com'] }, ['participants[1]']],
    ['a field that there is not', { name: 'x', participants: [ada0()], color: 'red' }, ['color']],
    ['1,025 participants', { name: 'x', participants: people(1_025) }, ['participants']],
  ])('answers 400 for %s, naming each field', async (_, body, paths) => {
    const answer = await call('POST', '/groups', body);
    expect(answer.status).toBe(400);
    const { error } = answer.body as { error: { details: { fields: { path: string }[] } } };
    expect(error.details.fields.map(({ path }) => path).sort()).toEqual([...paths].sort());
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });
});

function people(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(6_281_300_000_000 + index));
}

function ada0(): string {
  return '6281200000003@s.whatsapp.net';
}

describe('changing settings', () => {
  it('applies every setting, each with one query, in the documented order', async () => {
    const settings = {
      ephemeralSeconds: 86_400,
      memberAddMode: 'all_member_add',
      joinApproval: true,
      locked: true,
      announce: true,
      description: 'About',
      subject: 'Changed',
    };
    expect(await patch(mine, settings)).toMatchObject({ status: 204, body: undefined });
    expect(await group(mine)).toMatchObject({
      subject: 'Changed',
      description: 'About',
      isAnnounce: true,
      isLocked: true,
      joinApproval: true,
      memberAddMode: 'all_member_add',
      ephemeralSeconds: 86_400,
    });
    expect(simulator.log.all(GROUP_QUERY).map(({ node }) => (node.content as { tag: string }[])[0]?.tag)).toEqual([
      'subject',
      'description',
      'announcement',
      'locked',
      'membership_approval_mode',
      'member_add_mode',
      'ephemeral',
    ]);
  });

  it('takes them back', async () => {
    const settings = {
      description: '',
      announce: false,
      locked: false,
      joinApproval: false,
      memberAddMode: 'admin_add',
      ephemeralSeconds: 0,
    };
    expect((await patch(mine, settings)).status).toBe(204);
    const { body } = await call('GET', `/groups/${mine}`);
    expect(body).toMatchObject({ isAnnounce: false, isLocked: false, joinApproval: false, memberAddMode: 'admin_add' });
    expect(body).not.toHaveProperty('description');
  });

  it('replaces a description that somebody else changed in the meantime', async () => {
    await patch(mine, { description: 'One' });
    me.changeDescription(mine, 'Two');
    expect((await patch(mine, { description: 'Three' })).status).toBe(204);
    expect(await group(mine)).toMatchObject({ description: 'Three' });
  });

  it('stops at the first that fails and names what was applied', async () => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'announcement' }, 403, 'forbidden');
    expect(await patch(mine, { subject: 'Half', announce: true, locked: true })).toMatchObject({
      status: 403,
      body: {
        error: { code: 'forbidden', details: { reason: 'not_group_admin', failed: 'announce', applied: ['subject'] } },
      },
    });
    expect(await group(mine)).toMatchObject({ subject: 'Half', isAnnounce: false, isLocked: false });
  });

  it('answers 403 where the account is no admin', async () => {
    expect(await patch(theirs, { announce: false })).toMatchObject({
      status: 403,
      body: { error: { details: { applied: [] } } },
    });
  });

  it.each<[string, unknown, string]>([
    ['nothing to change', {}, 'body'],
    ['an unknown mode', { memberAddMode: 'nobody' }, 'memberAddMode'],
    ['a wrong type', { announce: 'yes' }, 'announce'],
    ['a negative time', { ephemeralSeconds: -1 }, 'ephemeralSeconds'],
    ['null', { subject: null }, 'subject'],
    ['a field that there is not', { color: 'red' }, 'color'],
  ])('answers 400 for %s', async (_, body, path) => {
    expect(await patch(mine, body)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path }] } } },
    });
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });
});

describe('texts as WhatsApp limits them', () => {
  it('may be of emoji alone', async () => {
    const subject = '🌾'.repeat(50);
    expect((await patch(mine, { subject })).status).toBe(204);
    expect(await group(mine)).toMatchObject({ subject });
  });

  it('are refused in the name of the field where only WhatsApp knows that they are too long', async () => {
    const subject = '🌾'.repeat(100);
    const fields = [{ path: 'subject', message: expect.stringContaining('WhatsApp') }];
    expect(await patch(mine, { subject })).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields, failed: 'subject', applied: [] } } },
    });
    expect(await call('POST', '/groups', { name: subject, participants: [] })).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'name' }] } } },
    });
    expect(simulator.log.count(GROUP_QUERY)).toBe(2);
  });

  it.each<[string, unknown, string]>([
    ['a subject of 101 characters', { subject: 'x'.repeat(101) }, 'subject'],
    ['a subject of blanks', { subject: ' \t\u00a0 ' }, 'subject'],
    ['an empty subject', { subject: '' }, 'subject'],
    ['a subject of 101 emoji', { subject: '🌾'.repeat(101) }, 'subject'],
    ['a description of 3,000 characters', { description: 'x'.repeat(3_000) }, 'description'],
    ['a description of 2,049 characters', { description: 'x'.repeat(2_049) }, 'description'],
  ])('answer 400 for %s, before anything is asked', async (_, body, path) => {
    expect(await patch(mine, body)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path }] } } },
    });
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });

  it('may be as long as that', async () => {
    expect((await patch(mine, { subject: 'x'.repeat(100), description: 'y'.repeat(2_048) })).status).toBe(204);
  });
});

describe('invites', () => {
  it('answers the link, and another one once it was reset', async () => {
    const before = await call('GET', `/groups/${mine}/invite`);
    expect(before.body).toEqual({ invite: `https://chat.whatsapp.com/${me.inviteCode(mine)}` });
    const after = await call('DELETE', `/groups/${mine}/invite`);
    expect(after.status).toBe(200);
    expect(after.body).toEqual({ invite: `https://chat.whatsapp.com/${me.inviteCode(mine)}` });
    expect(after.body).not.toEqual(before.body);
  });

  it('is refused with 403 where the account is no admin', async () => {
    expect(await call('GET', `/groups/${theirs}/invite`)).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'not_group_admin' } } },
    });
    expect((await call('DELETE', `/groups/${theirs}/invite`)).status).toBe(403);
  });
});

describe('joining and leaving', () => {
  it.each([
    ['a code', (code: string) => code],
    ['a link', (code: string) => `https://chat.whatsapp.com/${code}`],
  ])('joins by %s, again and again, leaves, and goes on reading', async (_, invite) => {
    const jid = owner.createGroup({ subject: 'Open' });
    const code = owner.inviteCode(jid);
    expect(await join(invite(code))).toMatchObject({ status: 200, body: { groupJid: jid } });
    expect(await group(jid)).toMatchObject({ myRole: 'member', participantCount: 2 });
    expect((await join(invite(code))).body).toEqual({ groupJid: jid });
    expect(await leave(jid)).toMatchObject({ status: 204, body: undefined });
    expect(await group(jid)).toMatchObject({ myRole: 'left', subject: 'Open' });
    expect((await call('GET', `/groups/${jid}/members`)).status).toBe(200);
    expect((await leave(jid)).status).toBe(404);
    expect((await call('POST', `/groups/${jid}/members`, { participants: [ada.jid] })).status).toBe(404);
  });

  it('says when an admin has to approve first', async () => {
    const jid = owner.createGroup({ subject: 'Closed', approval: true });
    expect((await join(owner.inviteCode(jid))).body).toEqual({ groupJid: jid, status: 'pending_approval' });
  });

  it.each([undefined, 7, '', 'not an invite', 'https://example.com/AbCdEfGhIjKlMnOpQrStUv', 'AbCdEfGhIjKlMnOpQrStUv'])(
    'answers 400 for the invite %s',
    async (invite) => {
      expect(await join(invite)).toMatchObject({
        status: 400,
        body: { error: { code: 'validation_error', details: { fields: [{ path: 'invite' }] } } },
      });
    },
  );

  it('answers 400 for an invite that was reset', async () => {
    const jid = owner.createGroup({ subject: 'Reset' });
    const old = owner.inviteCode(jid);
    owner.resetInvite(jid);
    expect((await join(old)).status).toBe(400);
  });

  it('answers 404 for leaving a group that is not stored, without asking', async () => {
    expect(await leave('120363000000000000@g.us')).toMatchObject({
      status: 404,
      body: { error: { message: 'group not found' } },
    });
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });

  it('never reports an answer that did not come as success', async () => {
    const jid = owner.createGroup({ subject: 'Cut', participants: [me.jid] });
    await eventually(() => group(jid));
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'leave' });
    expect(await leave(jid)).toMatchObject({ status: 504, body: { error: { details: { outcome: 'unknown' } } } });
    await eventually(async () => expect(await group(jid)).toMatchObject({ myRole: 'left' }));
  });
});

describe('a session that is not connected', () => {
  it('answers 501 to whatever asks WhatsApp, and reads what is stored', async () => {
    await call('POST', ':stop');
    const answers = [
      await call('POST', '/groups', { name: 'x', participants: [] }),
      await patch(mine, { subject: 'x' }),
      await call('GET', `/groups/${mine}/invite`),
      await call('DELETE', `/groups/${mine}/invite`),
      await leave(mine),
      await join('AbCdEfGhIjKlMnOpQrStUv'),
      await call('POST', '/groups:sync'),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 501,
        body: { error: { details: { reason: 'session_not_connected', sessionStatus: 'stopped' } } },
      });
    }
    expect((await call('GET', '/groups')).status).toBe(200);
  });
});
