import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventLog, LOG_START } from '#store';
import type { GroupChange, GroupNotification } from '#whatsapp';
import { readable } from '../support/readable-log.js';
import { groupOf, openStore, OURS, people, phone, SELF, type Store } from './open-store.js';

const JID = '120363000000000001@g.us';
const OTHER = '120363000000000002@g.us';
const ACTOR = { phoneJid: phone(1) };

describe('a notification that WhatsApp tells again', () => {
  let store: Store;
  let session: string;

  const notification = (id: string, change: GroupChange, groupJid = JID, at = 1_700_000_000_000): GroupNotification => {
    return { id, groupJid, at, actor: ACTOR, changes: [change] };
  };
  const added = notification('1', { type: 'added', participants: people(7, 8) });
  const removed = notification('2', { type: 'removed', participants: [{ phoneJid: phone(7) }] });
  const asked = notification('3', { type: 'join_requested', participants: [{ phoneJid: phone(8) }] });
  const apply = (told: GroupNotification): Promise<string> => store.writer.apply(session, told, SELF);
  const log = async (): Promise<{ id: string; payload: unknown }[]> => {
    const stored = new EventLog(store.database);
    await readable(stored);
    const { events } = await stored.read(LOG_START, 100, { scope: OURS, sessionId: session });
    return events.filter(({ event }) => event !== 'session.status').map(({ id, payload }) => ({ id, payload }));
  };
  const members = async (): Promise<unknown> => (await store.members.list(OURS, session, JID, {})).data;

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    await store.sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
    await store.writer.synchronise(session, [groupOf(JID, 4), groupOf(OTHER, 4)], SELF);
  });

  it('changes nothing, and is told once, although others have come since', async () => {
    for (const told of [added, removed, asked]) await apply(told);
    const [before, there] = [await log(), await members()];
    expect(before.map(({ payload }) => payload)).toEqual([
      { groupJid: JID, sender: phone(1), join: [phone(7)] },
      { groupJid: JID, sender: phone(1), leave: [phone(7)] },
      { groupJid: JID, sender: phone(1), action: 'created', participants: [phone(8)] },
    ]);
    for (const { id } of before) expect(id).toMatch(/^evt_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    const { version } = await store.groups.get(OURS, session, JID);
    for (const told of [added, removed, asked, added]) expect(await apply(told)).toBe('unchanged');
    expect([await log(), await members()]).toEqual([before, there]);
    expect((await store.groups.get(OURS, session, JID)).version).toBe(version);
  });

  it('brings nobody back into a group that the account was told of, and has left', async () => {
    const third = '120363000000000003@g.us';
    const created = notification('4', { type: 'created', group: groupOf(third, 3) }, third);
    await apply(created);
    await store.writer.markLeft(session, third);
    const before = await log();
    await apply(created);
    expect((await store.groups.get(OURS, session, third)).myRole).toBe('left');
    expect(await log()).toEqual(before);
  });

  it.each<[string, GroupNotification]>([
    ['of another id', { ...added, id: '9' }],
    ['of another moment', { ...added, at: added.at + 1_000 }],
    ['of another group', { ...added, groupJid: OTHER }],
    ['without an id', { ...added, id: undefined }],
  ])('is not taken for one %s', async (_, other) => {
    await apply(added);
    await apply(removed);
    expect(await apply(other)).toBe('changed');
    expect(await log()).toHaveLength(3);
  });

  it('is not taken for one of another session', async () => {
    await apply(added);
    const first = session;
    session = (await store.sessions.create(OURS)).id;
    await store.writer.synchronise(session, [groupOf(JID, 4)], SELF);
    expect(await apply(added)).toBe('changed');
    expect(first).not.toBe(session);
  });

  it('was on the disk before it was said to be stored: WhatsApp has forgotten it by the time the database crashes', async () => {
    // At the commit, and not before, is what counts of this setting.
    await store.database.dataSource.query(`
      create table commits (synchronous text);
      create function note_commit() returns trigger language plpgsql as $$
        begin insert into commits values (current_setting('synchronous_commit')); return null; end $$;
      create constraint trigger note_commit after insert on events
        deferrable initially deferred for each row execute function note_commit()`);
    const subject = notification('6', { type: 'settings', settings: { subject: 'Renamed' } });
    for (const told of [added, subject, asked]) await apply(told);
    await store.writer.updateSettings(session, JID, { subject: 'By ourselves' });
    const commits = await store.database.dataSource.query<unknown[]>('select synchronous from commits');
    await store.database.dataSource.query('drop trigger note_commit on events');
    expect(commits).toEqual(['on', 'on', 'on', 'off'].map((synchronous) => ({ synchronous })));
  });

  it('is stored whatever moment it claims', async () => {
    for (const [index, at] of [-1, 0.5, 1e18].entries()) {
      const told = notification('5', { type: 'settings', settings: { subject: `At ${index}` } }, JID, at);
      expect(await apply(told)).toBe('changed');
    }
  });
});
