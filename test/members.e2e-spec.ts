import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { LinkedRig } from './support/linked-rig.js';
import type { TestGateway } from './support/start-gateway.js';

interface Member {
  jid: string;
  lid?: string;
  phoneNumber?: string;
  role: string;
  isSuperAdmin: boolean;
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
let bea: SimulatedPhone;
/** Phone-addressed, made by `me`, with `ada` in it. */
let mine: string;
/** LID-addressed, likewise. */
let byLid: string;
/** Made by `owner`; `me` and `ada` are ordinary members who may add others. */
let theirs: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    owner = person('Owner');
    ada = person('Ada');
    bea = person('Bea');
    mine = me.createGroup({ subject: 'Mine', participants: [ada.jid], addressingMode: 'pn' });
    byLid = me.createGroup({ subject: 'By LID', participants: [ada.jid], addressingMode: 'lid' });
    theirs = owner.createGroup({ subject: 'Theirs', participants: [me.jid, ada.jid], memberAddMode: 'all_member_add' });
  });
  ({ simulator, gateway, token, session, me } = rig);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());
afterEach(() => rig.forget());

const path = (group: string, rest = ''): string => `/api/v1/sessions/${session}/groups/${group}/members${rest}`;
const add = (group: string, participants: unknown) =>
  gateway.request('POST', path(group), { token, body: { participants } });
const remove = (group: string, jid: string) => gateway.request('DELETE', path(group, `/${jid}`), { token });
const promote = (group: string, jid: string) => gateway.request('POST', path(group, `/${jid}/promote`), { token });
const demote = (group: string, jid: string) => gateway.request('POST', path(group, `/${jid}/demote`), { token });

async function members(group: string): Promise<Member[]> {
  const { status, body } = await gateway.request('GET', path(group), { token });
  expect(status).toBe(200);
  return (body as { data: Member[] }).data;
}

async function roleOf(group: string, phone: SimulatedPhone): Promise<string | undefined> {
  return (await members(group)).find(({ phoneNumber }) => phoneNumber === phone.number)?.role;
}

describe('listing members', () => {
  it('answers every member, with role and both addresses, in one page', async () => {
    const { body } = await gateway.request('GET', path(byLid), { token });
    expect(body).toEqual({ data: expect.any(Array), nextCursor: '' });
    expect(await members(byLid)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          jid: me.jid,
          lid: me.lid,
          phoneNumber: me.number,
          role: 'admin',
          isSuperAdmin: true,
        }),
        expect.objectContaining({
          jid: ada.jid,
          lid: ada.lid,
          phoneNumber: ada.number,
          role: 'member',
          isSuperAdmin: false,
        }),
      ]),
    );
  });

  it('asks WhatsApp nothing, and goes on while WhatsApp is away (pain 7)', async () => {
    await simulator.goOffline();
    expect(await members(mine)).toHaveLength(2);
    await simulator.goOnline();
    await me.connected();
    await eventually(async () =>
      expect((await gateway.request('GET', `/api/v1/sessions/${session}`, { token })).body).toMatchObject({
        status: 'working',
      }),
    );
  });

  it('pages by cursor', async () => {
    const first = await gateway.request('GET', `${path(mine)}?limit=1`, { token });
    const page = first.body as { data: Member[]; nextCursor: string };
    expect(page.data).toHaveLength(1);
    const second = await gateway.request('GET', `${path(mine)}?limit=1&cursor=${page.nextCursor}`, { token });
    const rest = second.body as { data: Member[]; nextCursor: string };
    expect(rest.data).toHaveLength(1);
    expect(rest.nextCursor).toBe('');
    expect(rest.data[0]?.jid).not.toBe(page.data[0]?.jid);
  });

  it('refuses a cursor of another list, before it looks whether there is such a session', async () => {
    const groups = await gateway.request('GET', `/api/v1/sessions/${session}/groups?limit=1`, { token });
    const { nextCursor } = groups.body as { nextCursor: string };
    expect(nextCursor).not.toBe('');
    for (const sessionId of [session, 'unknown']) {
      const list = `/api/v1/sessions/${sessionId}/groups/${mine}/members?cursor=${nextCursor}`;
      expect(await gateway.request('GET', list, { token })).toMatchObject({
        status: 400,
        body: { error: { code: 'validation_error', details: { fields: [{ path: 'cursor' }] } } },
      });
    }
  });

  it('takes the JID of the group percent-encoded as well', async () => {
    const { status } = await gateway.request('GET', path(mine.replace('@', '%40')), { token });
    expect(status).toBe(200);
  });

  it('answers 404 for an unknown session and an unknown group, 400 for what is no group', async () => {
    const list = (sessionId: string, gid: string) =>
      gateway.request('GET', `/api/v1/sessions/${sessionId}/groups/${gid}/members`, { token });
    expect(await list('01HZ0SESSION0000000000000', mine)).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: 'session not found' } },
    });
    expect(await list(session, '120363000000000000@g.us')).toMatchObject({
      status: 404,
      body: { error: { message: 'group not found' } },
    });
    expect(await list(session, 'nonsense')).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'gid' }] } } },
    });
  });

  it('answers 404 to another organization', async () => {
    const stranger = await gateway.apiKey(['read'], { organizationId: 'another' });
    const { status, body } = await gateway.request('GET', path(mine), { token: stranger });
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 'not_found', message: 'session not found' } });
  });

  it('is kept current by what others do', async () => {
    const cyd = rig.person('Cyd');
    me.add(mine, [cyd.jid]);
    await eventually(async () => expect(await roleOf(mine, cyd)).toBe('member'));
    me.promote(mine, [cyd.jid]);
    await eventually(async () => expect(await roleOf(mine, cyd)).toBe('admin'));
    cyd.leave(mine);
    await eventually(async () => expect(await roleOf(mine, cyd)).toBeUndefined());
  });
});

describe('adding, promoting, demoting and removing', () => {
  it.each([
    ['a phone-addressed group', () => mine, () => bea.jid],
    ['a LID-addressed group, named by phone JID', () => byLid, () => bea.jid],
    ['a LID-addressed group, named by LID', () => byLid, () => bea.lid],
    ['a group, named by bare digits', () => mine, () => bea.number],
  ])('in %s: 204 each, one query each, stored at once', async (_, group, name) => {
    expect(await add(group(), [name()])).toMatchObject({ status: 204, body: undefined });
    expect(await roleOf(group(), bea)).toBe('member');
    expect((await promote(group(), name())).status).toBe(204);
    expect(await roleOf(group(), bea)).toBe('admin');
    expect((await demote(group(), name())).status).toBe(204);
    expect(await roleOf(group(), bea)).toBe('member');
    expect((await remove(group(), name())).status).toBe(204);
    expect(await roleOf(group(), bea)).toBeUndefined();
    expect(simulator.log.all(GROUP_QUERY).map(({ node }) => (node.content as { tag: string }[])[0]?.tag)).toEqual([
      'add',
      'promote',
      'demote',
      'remove',
    ]);
  });

  it('does nothing, and says so with 204, when things are so already', async () => {
    expect((await add(mine, [ada.jid])).status).toBe(204);
    expect((await demote(mine, ada.jid)).status).toBe(204);
    expect((await remove(mine, bea.jid)).status).toBe(204);
    expect((await promote(mine, ada.jid)).status).toBe(204);
    expect((await promote(mine, ada.jid)).status).toBe(204);
    expect(await roleOf(mine, ada)).toBe('admin');
    expect((await demote(mine, ada.jid)).status).toBe(204);
  });

  it.each([401, 403, 404, 408])('counts a participant whom WhatsApp declines with %i in a header', async (code) => {
    simulator.faults.participantError(bea.number, code);
    const { status, headers } = await add(mine, [bea.jid, owner.jid]);
    expect(status).toBe(204);
    expect(headers.get('x-participants-failed')).toBe('1');
    expect(await roleOf(mine, bea)).toBeUndefined();
    expect(await roleOf(mine, owner)).toBe('member');
    expect((await remove(mine, owner.jid)).headers.has('x-participants-failed')).toBe(false);
  });

  it('answers 404 for promoting and demoting somebody who is not a member', async () => {
    expect(await promote(mine, bea.jid)).toMatchObject({
      status: 404,
      body: { error: { message: 'member not found' } },
    });
    expect(await demote(mine, bea.jid)).toMatchObject({
      status: 404,
      body: { error: { message: 'member not found' } },
    });
  });

  it('answers 403 for demoting and removing the one who made the group', async () => {
    owner.promote(theirs, [me.jid]);
    await eventually(async () => expect(await roleOf(theirs, me)).toBe('admin'));
    expect(await demote(theirs, owner.jid)).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    expect(await remove(theirs, owner.jid)).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    owner.demote(theirs, [me.jid]);
    await eventually(async () => expect(await roleOf(theirs, me)).toBe('member'));
  });
});

describe('a session whose account is an ordinary member', () => {
  const notAdmin = { status: 403, body: { error: { code: 'forbidden', details: { reason: 'not_group_admin' } } } };

  it('may not add, even where the group lets members add, and WhatsApp is not asked', async () => {
    expect(await add(theirs, [bea.jid])).toMatchObject(notAdmin);
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });

  it('may not remove, promote or demote', async () => {
    expect(await remove(theirs, ada.jid)).toMatchObject(notAdmin);
    expect(await promote(theirs, ada.jid)).toMatchObject(notAdmin);
    expect(await demote(theirs, ada.jid)).toMatchObject(notAdmin);
  });

  it('hears 404 for a member who is not there before it hears of rights', async () => {
    expect(await promote(theirs, bea.jid)).toMatchObject({
      status: 404,
      body: { error: { message: 'member not found' } },
    });
  });
});

describe('bad input', () => {
  it.each([
    ['an empty list', [], 'participants'],
    ['no list', undefined, 'participants'],
    ['a list of other things', [5], 'participants[0]'],
    ['nonsense among members', ['6281200000003', 'nonsense'], 'participants[1]'],
    ['a group', ['120363041234567890@g.us'], 'participants[0]'],
  ])('answers 400 for %s and asks WhatsApp nothing', async (_, participants, field) => {
    expect(await add(mine, participants)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: field }] } } },
    });
    expect(simulator.log.count(GROUP_QUERY)).toBe(0);
  });

  it('answers 400 naming `jid` for a member that cannot be one', async () => {
    expect(await promote(mine, 'nonsense')).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'jid' }] } } },
    });
  });

  it('drops a device suffix', async () => {
    expect((await promote(mine, `${ada.number}:12@s.whatsapp.net`)).status).toBe(204);
    expect((await demote(mine, ada.jid)).status).toBe(204);
  });

  it('needs `send`', async () => {
    const reader = await gateway.apiKey(['read']);
    const { status, body } = await gateway.request('POST', path(mine), { token: reader, body: { participants: [] } });
    expect(status).toBe(403);
    expect(body).toMatchObject({ error: { details: { reason: 'capability_missing', required: ['send'] } } });
  });
});

describe('members:approve', () => {
  const approve = (sessionId: string, gid: string, as: string | undefined, options: object = {}) =>
    gateway.request('POST', `/api/v1/sessions/${sessionId}/groups/${gid}/members:approve`, { token: as, ...options });

  it('answers 501 whatever the session, the group and the body are', async () => {
    const answer = { status: 501, body: { error: { code: 'not_implemented' } } };
    expect(await approve(session, mine, token, { body: { participants: [ada.jid] } })).toMatchObject(answer);
    expect(await approve('nowhere', 'nonsense', token)).toMatchObject(answer);
    expect(
      await approve(session, mine, token, { body: '{"broken', headers: { 'content-type': 'application/json' } }),
    ).toMatchObject(answer);
    expect(
      await approve(session, mine, token, { body: 'text', headers: { 'content-type': 'text/plain' } }),
    ).toMatchObject(answer);
    expect(
      await approve(session, mine, token, {
        body: 'x'.repeat(1_200_000),
        headers: { 'content-type': 'application/json' },
      }),
    ).toMatchObject(answer);
  });

  it('checks the capability first', async () => {
    expect((await approve(session, mine, await gateway.apiKey(['read']))).status).toBe(403);
    expect((await approve(session, mine, undefined)).status).toBe(401);
  });
});

describe('when WhatsApp does not do as asked', () => {
  const promoteQuery = { ...GROUP_QUERY, child: 'promote' };

  it.each<[number, number, object]>([
    [403, 403, { code: 'forbidden', details: { reason: 'not_group_admin' } }],
    [404, 404, { code: 'not_found' }],
    [400, 409, { code: 'conflict', details: { reason: 'refused_by_whatsapp', whatsappCode: 400 } }],
    [463, 403, { code: 'forbidden', details: { reason: 'account_restricted' } }],
    [500, 503, { code: 'gateway_unavailable', details: { whatsappCode: 500 } }],
  ])('maps its %i to %i', async (code, status, error) => {
    simulator.faults.iqError(promoteQuery, code, 'refused');
    expect(await promote(mine, ada.jid)).toMatchObject({ status, body: { error } });
    expect(await roleOf(mine, ada)).toBe('member');
  });

  it('maps its 429 to rate_limited with Retry-After (pain 7)', async () => {
    simulator.faults.iqError(promoteQuery, 429, 'rate-overlimit', { backoff: 23 });
    const { status, headers, body } = await promote(mine, ada.jid);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('23');
    expect(body).toMatchObject({ error: { code: 'rate_limited', details: { reason: 'whatsapp_rate_limited' } } });
  });

  it('answers 504, outcome unknown, when the connection closes in the middle, and the session recovers', async () => {
    simulator.faults.actThenClose(promoteQuery);
    expect(await promote(mine, ada.jid)).toMatchObject({
      status: 504,
      body: { error: { code: 'upstream_timeout', details: { outcome: 'unknown' } } },
    });
    await eventually(async () => expect(await roleOf(mine, ada)).toBe('admin'));
    await eventually(async () => expect((await demote(mine, ada.jid)).status).toBe(204));
  });

  it('survives a frame that cannot be decrypted', async () => {
    simulator.faults.garbage(me.number);
    await eventually(async () => expect((await promote(mine, ada.jid)).status).toBe(204));
    await eventually(async () => expect((await demote(mine, ada.jid)).status).toBe(204));
  });
});

describe('a session that is not connected', () => {
  it('answers 501 to actions and goes on listing', async () => {
    await gateway.request('POST', `/api/v1/sessions/${session}:stop`, { token });
    const answer = {
      status: 501,
      body: {
        error: { code: 'not_implemented', details: { reason: 'session_not_connected', sessionStatus: 'stopped' } },
      },
    };
    expect(await add(mine, [bea.jid])).toMatchObject(answer);
    expect(await remove(mine, bea.jid)).toMatchObject(answer);
    expect(await promote(mine, bea.jid)).toMatchObject(answer);
    expect(await demote('120363000000000000@g.us', bea.jid)).toMatchObject(answer);
    expect(await members(mine)).toHaveLength(2);
    await gateway.request('POST', `/api/v1/sessions/${session}:start`, { token });
    await eventually(async () => expect((await add(mine, [ada.jid])).status).toBe(204));
  });
});
