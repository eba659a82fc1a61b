import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database, GroupWriter, IdentityRepository, SessionRepository } from '#store';
import { groupOf, lid, people, phone, SELF } from './store/open-store.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

const JID = '120363000000000001@g.us';
const OTHER = '120363000000000002@g.us';

let gateway: TestGateway;
let token: string;
let session: string;
let writer: GroupWriter;

beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.apiKey(['read']);
  writer = gateway.app.get(GroupWriter);
});

afterAll(() => gateway.close());

beforeEach(async () => {
  const sessions = gateway.app.get(SessionRepository);
  session = (await sessions.create({ organizationId: 'default' })).id;
  await sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
  await store();
});

/** As WhatsApp lists them: the second member of the first group is known by the LID alone. */
const LISTED = [
  groupOf(JID, 0, {
    participants: [{ ...SELF, role: 'admin' }, { lid: lid(1), role: 'member' }, ...people(2, 150)],
  }),
  groupOf(OTHER, 0, { owner: SELF, participants: [{ ...SELF, role: 'admin' }, ...people(5, 7)] }),
];

const store = (groups = LISTED) => writer.synchronise(session, groups, SELF);
const get = (path: string, tag?: string, credential = token): Promise<Answer> =>
  gateway.request('GET', `/api/v1/sessions/${session}${path}`, {
    token: credential,
    headers: tag === undefined ? {} : { 'if-none-match': tag },
  });
const tagOf = ({ headers }: Answer): string => headers.get('etag') ?? '';
const membersOf = ({ body }: Answer) => (body as { data: { lid?: string; phoneNumber?: string; role: string }[] }).data;

const ROUTES = ['/groups', `/groups/${JID}`, `/groups/${JID}/members`];

describe.each(ROUTES)('GET %s', (path) => {
  it('carries a strong entity tag, and answers 304 without a body while nothing changes', async () => {
    const first = await get(path);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(first.headers.get('content-length')).toBe(String(first.raw.length));
    const tag = tagOf(first);
    expect(tag).toMatch(/^"[^"]+"$/);
    for (const wanted of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get(path, wanted);
      expect([again.status, again.raw.length, tagOf(again)]).toEqual([304, 0, tag]);
      expect(again.headers.get('content-type')).toBeNull();
      expect(again.headers.get('content-length')).toBeNull();
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
      expect(again.headers.get('x-request-id')).toEqual(expect.any(String));
    }
    for (const wanted of [undefined, '"other"', tag.slice(1, -1), '']) {
      const again = await get(path, wanted);
      expect([again.status, tagOf(again)]).toEqual([200, tag]);
      expect(again.body).toEqual(first.body);
    }
  });

  it('reads no rows for a 304, nor to answer again what it has answered before', async () => {
    const tag = tagOf(await get(path));
    const database = gateway.app.get(Database);
    const asked = [jest.spyOn(database, 'rows'), jest.spyOn(database, 'tuples')];
    await get(path, tag);
    await get(path);
    const names = asked.flatMap(({ mock }) => mock.calls.map(([{ name }]) => name));
    for (const spy of asked) spy.mockRestore();
    expect(names).toEqual(path === '/groups' ? Array(2).fill('groups.list-version') : Array(2).fill('groups.version'));
  });

  const members = { groupJid: JID, at: 1 };
  it.each<[string, () => Promise<unknown>]>([
    [
      'a promotion that WhatsApp tells of',
      () =>
        writer.apply(session, { ...members, changes: [{ type: 'promoted', participants: [{ lid: lid(2) }] }] }, SELF),
    ],
    [
      'a promotion of ours',
      () => writer.applyResults(session, JID, 'promote', [{ input: '', lid: lid(2), code: 200 }], SELF),
    ],
    ['a setting', () => writer.updateSettings(session, JID, { isLocked: true })],
    ['leaving the group', () => writer.markLeft(session, JID)],
    ['a group that was read again', () => writer.save(session, groupOf(JID, 9), SELF)],
    ['a synchronisation that changes something', () => store(LISTED.map((group) => ({ ...group, isLocked: true })))],
    ['a synchronisation in which it is missing', () => store(LISTED.slice(1))],
    [
      'an identity that is learnt',
      () => gateway.app.get(IdentityRepository).learn(session, [{ lid: lid(1), phoneJid: phone(1) }]),
    ],
    [
      'an identity that is learnt in another group',
      () =>
        writer.apply(
          session,
          {
            groupJid: OTHER,
            at: 1,
            changes: [{ type: 'join_requested', participants: [{ lid: lid(1), phoneJid: phone(1) }] }],
          },
          SELF,
        ),
    ],
  ])('answers anew after %s', async (_, change) => {
    const before = await get(path);
    await change();
    const after = await get(path, tagOf(before));
    expect(after.status).toBe(200);
    expect(tagOf(after)).not.toBe(tagOf(before));
    expect((await get(path, tagOf(after))).status).toBe(304);
    expect((await get(path)).body).toEqual(after.body);
  });

  it('answers anew after a change that took the place of one which the database lost', async () => {
    const { dataSource } = gateway.app.get(Database);
    const backup = await dataSource.query<{ id: string; version: number; updated_at: number }[]>(
      'select id, version, updated_at from groups where session_id = $1',
      [session],
    );
    await writer.updateSettings(session, JID, { subject: 'lost' });
    const lost = await get(path);
    for (const { id, version, updated_at } of backup) {
      const values = [id, version, updated_at];
      await dataSource.query('update groups set version = $2, updated_at = $3 where id = $1', values);
    }
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 1_000);
    await writer.updateSettings(session, JID, { subject: 'kept' });
    later.mockRestore();
    expect((await get(path, tagOf(lost))).status).toBe(200);
  });

  it('answers 304 after a synchronisation that finds nothing new', async () => {
    const tag = tagOf(await get(path));
    await store();
    await store(LISTED.toReversed());
    expect((await get(path, tag)).status).toBe(304);
  });

  it('is not found by another organization, nor by a key of other sessions, with the right entity tag', async () => {
    const tag = tagOf(await get(path));
    const strangers = [
      await gateway.apiKey(['read'], { organizationId: 'theirs' }),
      await gateway.apiKey(['read'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] }),
    ];
    for (const stranger of strangers) {
      for (const wanted of [tag, '*', undefined]) {
        const { status, body, headers } = await get(path, wanted, stranger);
        expect([status, body]).toEqual([
          404,
          { error: { code: 'not_found', message: 'session not found', details: {} } },
        ]);
        expect(headers.get('etag')).toBeNull();
      }
    }
    expect((await get(path, tag, await gateway.apiKey(['send']))).status).toBe(403);
    expect((await get(path, tag, 'nonsense')).status).toBe(401);
  });

  it('is not found once the session is deleted, though its list is kept', async () => {
    const tag = tagOf(await get(path));
    await gateway.app.get(SessionRepository).delete({ organizationId: 'default' }, session);
    expect([(await get(path, tag)).status, (await get(path)).status]).toEqual([404, 404]);
  });
});

describe.each(['/groups', `/groups/${JID}/members`])('a page of GET %s', (path) => {
  it('has an entity tag of its own', async () => {
    const pages = ['', '?limit=1', '?limit=2', '?limit=1000'];
    const answers = await Promise.all(pages.map((page) => get(path + page)));
    const [, one] = answers;
    const next = await get(`${path}?limit=1&cursor=${(one?.body as { nextCursor: string }).nextCursor}`);
    const tags = [...answers, next].map(tagOf);
    expect(new Set(tags).size).toBe(tags.length);
    for (const [index, page] of pages.entries()) {
      expect((await get(path + page, tags[index])).status).toBe(304);
      expect((await get(path + page)).body).toEqual(answers[index]?.body);
    }
  });

  it.each(['?limit=0', '?limit=x', '?cursor=x', '?unknown=1'])(
    'is refused when it is asked for with %s',
    async (page) => {
      expect((await get(path + page, '*')).status).toBe(400);
    },
  );
});

it('a group that is not stored is not found, whatever the client claims to have', async () => {
  for (const path of ['/groups/1203630000000099@g.us', '/groups/1203630000000099@g.us/members']) {
    expect((await get(path, '*')).body).toMatchObject({ error: { message: 'group not found' } });
  }
});

it('a list never shows less than what was stored before it was asked for', async () => {
  const roles = ['promote', 'demote'] as const;
  const path = `/groups/${JID}/members`;
  const second = async () => membersOf(await get(path)).find((member) => member.lid === lid(2))?.role;
  let isDone = false;
  const noise = async (): Promise<void> => {
    for (let n = 0; !isDone; n++) await writer.updateSettings(session, JID, { subject: `Subject ${n}` });
  };
  const readers = Array.from({ length: 4 }, async () => {
    while (!isDone) await get(path);
  });
  const others = Promise.all([noise(), ...readers]);
  for (let n = 0; n < 40; n++) {
    const action = roles[n % 2] ?? 'promote';
    await writer.applyResults(session, JID, action, [{ input: '', lid: lid(2), code: 200 }], SELF);
    expect(await second()).toBe(action === 'promote' ? 'admin' : 'member');
  }
  isDone = true;
  await others;
});
