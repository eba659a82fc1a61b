import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { MemberAction, ParticipantResult } from '#whatsapp';
import { groupOf, lid, openStore, OURS, phone, SELF, type Store } from './open-store.js';

const JID = '120363000000000001@g.us';

/** WhatsApp names people by both addresses, whichever it was asked with. */
const answer = (n: number, code = 200): ParticipantResult => ({
  input: phone(n),
  phoneJid: phone(n),
  lid: lid(n),
  code,
});

describe('what WhatsApp answered, with what was looked up before it was asked', () => {
  let store: Store;
  let session: string;

  const members = async () => (await store.members.list(OURS, session, JID, {})).data;
  const lookUp = async (n: number) => (await store.targets.find(OURS, session, JID, [{ phoneJid: phone(n) }])).seen;
  const applied = async (action: MemberAction, n: number, code = 200, seen = lookUp(n)) =>
    store.writer.applyResults(session, JID, action, [answer(n, code)], SELF, await seen);
  const forget = () => store.database.dataSource.query('delete from groups where session_id = $1', [session]);
  /** The members are known by their LIDs alone. */
  const saveByLid = async () => {
    await forget();
    const participants = [SELF.lid, lid(1), lid(2)].map((one) => ({ lid: one, role: 'member' as const }));
    await store.writer.save(session, groupOf(JID, 0, { participants }), SELF);
  };

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    await store.sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
    await store.writer.save(session, groupOf(JID, 3), SELF);
  });

  it.each<[MemberAction, number, (string | undefined)[]]>([
    ['promote', 1, ['admin', 'member']],
    ['add', 5, ['member', 'member', 'member']],
    ['remove', 1, ['member']],
  ])('needs no further read to %s', async (action, n, roles) => {
    await store.identities.learn(session, [{ phoneJid: phone(n), lid: lid(n) }]);
    const seen = await lookUp(n);
    const rows = jest.spyOn(store.database, 'rows');
    expect(await applied(action, n, 200, Promise.resolve(seen))).toBe('changed');
    expect(rows.mock.calls.map(([{ name }]) => name)).toEqual(['writer.write-roster']);
    rows.mockRestore();
    expect((await members()).slice(1).map(({ role }) => role)).toEqual(roles);
  });

  it('needs no further read, either, when it tells who somebody is', async () => {
    const seen = await lookUp(5);
    const asked = [jest.spyOn(store.database, 'rows'), jest.spyOn(store.database, 'tuples')];
    expect(await applied('add', 5, 200, Promise.resolve(seen))).toBe('changed');
    expect(asked.flatMap(({ mock }) => mock.calls.map(([{ name }]) => name))).toEqual(['writer.write']);
    for (const spy of asked) spy.mockRestore();
    expect(await store.identities.resolve(session, [{ lid: lid(5) }])).toEqual([{ lid: lid(5), phoneJid: phone(5) }]);
  });

  it('is applied to what is stored now, when that changed meanwhile', async () => {
    const seen = lookUp(1);
    await seen;
    await store.writer.updateSettings(session, JID, { subject: 'Renamed' });
    await store.writer.applyResults(session, JID, 'remove', [answer(2)], SELF);
    expect(await applied('promote', 1, 200, seen)).toBe('changed');
    expect(await store.groups.get(OURS, session, JID)).toMatchObject({ subject: 'Renamed', participantCount: 2 });
    expect((await members()).map(({ jid, role }) => [jid, role])).toEqual([
      [SELF.phoneJid, 'admin'],
      [phone(1), 'admin'],
    ]);
  });

  it('finds a member under an address that nobody looked for', async () => {
    await saveByLid();
    const [, before] = await members();
    expect(await applied('promote', 1)).toBe('changed');
    const after = await members();
    expect(after).toHaveLength(3);
    expect(after.find(({ id }) => id === before?.id)).toMatchObject({ jid: phone(1), lid: lid(1), role: 'admin' });
  });

  it.each<[MemberAction, number]>([
    ['remove', 200],
    ['promote', 404],
  ])('removes a member under an address that nobody looked for: %s, %i', async (action, code) => {
    await saveByLid();
    expect(await applied(action, 1, code)).toBe('changed');
    expect((await members()).map((member) => member.lid)).toEqual([SELF.lid, lid(2)]);
  });

  it('is stored in a group that was not there yet', async () => {
    await forget();
    const seen = await lookUp(1);
    await store.writer.save(session, groupOf(JID, 3), SELF);
    expect(await applied('promote', 1, 200, Promise.resolve(seen))).toBe('changed');
  });

  it('comes with the session and the group', async () => {
    const users = [{ phoneJid: phone(1) }, { phoneJid: phone(5) }];
    const found = await store.targets.find(OURS, session, JID, users);
    expect(found).toMatchObject({ session: { id: session, waJid: SELF.phoneJid }, group: { groupJid: JID } });
    expect(found.seen.members.map(({ phoneJid }) => phoneJid)).toEqual([SELF.phoneJid, phone(1)]);
  });

  it('tells of nobody where the group is not stored', async () => {
    await forget();
    const found = await store.targets.find(OURS, session, JID, [{ phoneJid: phone(1) }]);
    expect(found).toMatchObject({ group: undefined, seen: { group: undefined, members: [] } });
  });
});
