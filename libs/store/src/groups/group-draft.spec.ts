import { describe, expect, it } from '@jest/globals';
import type { GroupChange, GroupSnapshot, MemberAction, ParticipantRole } from '#whatsapp';
import { applyChange, applyResult } from './apply-change.js';
import { GroupDraft, type GroupWrite } from './group-draft.js';
import type { StoredGroup, StoredMember } from './stored-group.js';

const JID = '120363000000000001@g.us';
const phone = (n: number): string => `1555000000${n}@s.whatsapp.net`;
const lid = (n: number): string => `9000000${n}@lid`;
const SELF = { phoneJid: phone(0), lid: lid(0) };

const GROUP: StoredGroup = {
  id: 'g',
  version: 7,
  updatedAt: 1_000,
  subject: 'Subject',
  description: 'About',
  descriptionId: 'd1',
  ownerJid: phone(0),
  isAnnounce: false,
  isLocked: false,
  joinApproval: false,
  memberAddMode: 'admin_add',
  ephemeralSeconds: 0,
  addressingMode: 'lid',
  participantCount: 3,
  myRole: 'admin',
  createdAtWa: 500,
};
const member = (n: number, role: ParticipantRole = 'member'): StoredMember => ({
  id: `m${n}`,
  phoneJid: phone(n),
  lid: lid(n),
  role,
  firstSeenAt: 1_000,
});
const MEMBERS = [member(0, 'admin'), member(1), member(2, 'superadmin')];
const SNAPSHOT: GroupSnapshot = {
  groupJid: JID,
  subject: 'Subject',
  description: 'About',
  descriptionId: 'd1',
  isAnnounce: false,
  isLocked: false,
  joinApproval: false,
  memberAddMode: 'admin_add',
  ephemeralSeconds: 0,
  addressingMode: 'lid',
  owner: SELF,
  createdAtWa: 500,
  participants: MEMBERS.map(({ phoneJid, lid: address, role }) => ({ phoneJid, lid: address, role })),
};

const draft = (group: StoredGroup | undefined = GROUP, members = MEMBERS): GroupDraft =>
  new GroupDraft(JID, group, members, SELF, 2_000);

function snapshot(fields: Partial<GroupSnapshot>, group: StoredGroup | undefined = GROUP): GroupWrite | undefined {
  const changed = draft(group, group ? MEMBERS : []);
  changed.takeSnapshot({ ...SNAPSHOT, ...fields });
  return changed.write();
}

function change(...changes: GroupChange[]): { write: GroupWrite | undefined; isKnown: boolean } {
  const changed = draft();
  const isKnown = changes.map((one) => applyChange(changed, one, SELF)).every(Boolean);
  return { write: changed.write(), isKnown };
}

function result(action: MemberAction, code: number, n: number): GroupWrite | undefined {
  const changed = draft(GROUP, n < 3 ? MEMBERS : [member(0, 'admin')]);
  applyResult(changed, action, { input: phone(n), phoneJid: phone(n), lid: lid(n), code });
  return changed.write();
}

describe('a snapshot of a group', () => {
  it('finds nothing to write when nothing is new', () => {
    expect(snapshot({})).toBeUndefined();
  });

  it('makes a group that is not stored', () => {
    const write = new GroupDraft(JID, undefined, [], SELF, 2_000);
    write.takeSnapshot(SNAPSHOT);
    expect(write.write()).toMatchObject({
      groupJid: JID,
      expectedVersion: 0,
      state: { participantCount: 3, myRole: 'admin', ownerJid: phone(0) },
      added: [{ lid: lid(0) }, { lid: lid(1) }, { lid: lid(2) }],
    });
  });

  it('keeps phone numbers that it does not mention', () => {
    const participants = SNAPSHOT.participants.map(({ lid: address, role }) => ({ lid: address, role }));
    expect(snapshot({ participants, owner: { lid: lid(0) } })).toBeUndefined();
  });

  it('removes who is not in it, adds who is new, and counts', () => {
    const participants = [...SNAPSHOT.participants.slice(0, 2), { lid: lid(5), role: 'member' as const }];
    expect(snapshot({ participants })).toMatchObject({
      expectedVersion: 7,
      removed: ['m2'],
      added: [{ lid: lid(5), firstSeenAt: 2_000 }],
      state: { participantCount: 3 },
    });
  });

  it('corrects a wrong count', () => {
    expect(snapshot({}, { ...GROUP, participantCount: 9 })?.state.participantCount).toBe(3);
  });

  it('takes roles as they are, my own included', () => {
    const participants = SNAPSHOT.participants.map((one) => ({ ...one, role: 'member' as const }));
    expect(snapshot({ participants })).toMatchObject({
      updated: [
        { id: 'm0', role: 'member' },
        { id: 'm2', role: 'member' },
      ],
      state: { myRole: 'member' },
    });
  });

  it('brings back a group that was left', () => {
    expect(snapshot({}, { ...GROUP, myRole: 'left' })?.state.myRole).toBe('admin');
  });

  it('forgets the id of a description that is gone', () => {
    expect(snapshot({ description: '', descriptionId: undefined })?.state).toMatchObject({ description: '' });
    expect(snapshot({ description: '', descriptionId: undefined })?.state.descriptionId).toBeUndefined();
  });
});

describe('a change of a group', () => {
  it.each<[string, GroupChange]>([
    ['adding a member', { type: 'added', participants: [{ lid: lid(1), role: 'member' }] }],
    ['promoting an admin', { type: 'promoted', participants: [{ lid: lid(0) }] }],
    ['promoting the super-admin', { type: 'promoted', participants: [{ phoneJid: phone(2) }] }],
    ['demoting a member', { type: 'demoted', participants: [{ lid: lid(1) }] }],
    ['removing an absentee', { type: 'removed', participants: [{ lid: lid(9) }] }],
    ['the same settings', { type: 'settings', settings: { subject: 'Subject', isLocked: false } }],
    ['a join request', { type: 'join_requested', participants: [{ lid: lid(9) }] }],
    ['a request taken back', { type: 'join_request_revoked', participants: [{ lid: lid(9) }] }],
    ['a reset invite', { type: 'invite_reset' }],
  ])('writes nothing for %s', (_, one) => {
    expect(change(one)).toEqual({ write: undefined, isKnown: true });
  });

  it('adds and counts', () => {
    const { write } = change({ type: 'added', participants: [{ lid: lid(5), role: 'member' }] });
    expect(write).toMatchObject({ added: [{ lid: lid(5), role: 'member' }], state: { participantCount: 4 } });
  });

  it('removes and counts', () => {
    const { write } = change({ type: 'removed', participants: [{ phoneJid: phone(1) }] });
    expect(write).toMatchObject({ removed: ['m1'], state: { participantCount: 2, myRole: 'admin' } });
  });

  it('stores who is promoted or demoted though not known: that is a member', () => {
    expect(change({ type: 'promoted', participants: [{ lid: lid(6) }] }).write?.added).toMatchObject([
      { role: 'admin' },
    ]);
    expect(change({ type: 'demoted', participants: [{ lid: lid(6) }] }).write?.added).toMatchObject([
      { role: 'member' },
    ]);
  });

  it('knows my role by either address', () => {
    for (const user of [{ phoneJid: phone(0) }, { lid: lid(0) }]) {
      expect(change({ type: 'demoted', participants: [user] }).write?.state.myRole).toBe('member');
      expect(change({ type: 'removed', participants: [user] }).write?.state.myRole).toBe('left');
      expect(change({ type: 'left', participants: [user] }).write?.state.myRole).toBe('left');
    }
  });

  it('keeps the other members when the account leaves', () => {
    const { write } = change({ type: 'left', participants: [SELF] });
    expect(write).toMatchObject({ removed: ['m0'], added: [], state: { myRole: 'left', participantCount: 2 } });
  });

  it('leaves a group that was ended', () => {
    expect(change({ type: 'deleted' }).write).toMatchObject({ removed: ['m0'], state: { myRole: 'left' } });
  });

  it('keeps a new description with its id, and an emptied one without', () => {
    expect(
      change({ type: 'settings', settings: { description: 'New' }, descriptionId: 'd2' }).write?.state,
    ).toMatchObject({ description: 'New', descriptionId: 'd2' });
    expect(change({ type: 'settings', settings: { description: '' } }).write?.state.descriptionId).toBeUndefined();
    expect(change({ type: 'settings', settings: { subject: 'New' } }).write?.state.descriptionId).toBe('d1');
  });

  it('asks for the group to be read again when it cannot know', () => {
    expect(change({ type: 'unknown', tag: 'new_thing' })).toEqual({ write: undefined, isKnown: false });
    expect(change({ type: 'renumbered', from: { lid: lid(8) }, to: { lid: lid(9) } }).isKnown).toBe(false);
  });

  it('applies what it knows beside what it does not', () => {
    const { write, isKnown } = change(
      { type: 'unknown', tag: 'x' },
      { type: 'settings', settings: { subject: 'New' } },
    );
    expect(write?.state.subject).toBe('New');
    expect(isKnown).toBe(false);
  });

  it('leaves a group that the account left as it was, until it is added again', () => {
    const left = draft({ ...GROUP, myRole: 'left' });
    expect(applyChange(left, { type: 'added', participants: [{ lid: lid(7), role: 'member' }] }, SELF)).toBe(true);
    expect(applyChange(left, { type: 'settings', settings: { subject: 'New' } }, SELF)).toBe(true);
    expect(left.write()).toBeUndefined();
    expect(applyChange(left, { type: 'added', participants: [{ lid: lid(0), role: 'member' }] }, SELF)).toBe(false);
  });
});

describe("WhatsApp's answer to a member action", () => {
  it.each<[MemberAction, number, number]>([
    ['add', 403, 5],
    ['add', 404, 5],
    ['add', 408, 5],
    ['add', 409, 1],
    ['promote', 200, 0],
    ['demote', 200, 1],
    ['promote', 500, 1],
    ['remove', 401, 1],
  ])('changes nothing on %s answered %d for member %d', (action, code, n) => {
    expect(result(action, code, n)).toBeUndefined();
  });

  it('stores what it did', () => {
    expect(result('add', 200, 5)).toMatchObject({ added: [{ lid: lid(5) }], state: { participantCount: 4 } });
    expect(result('remove', 200, 1)).toMatchObject({ removed: ['m1'], state: { participantCount: 2 } });
    expect(result('promote', 200, 1)).toMatchObject({ updated: [{ id: 'm1', role: 'admin' }] });
    expect(result('demote', 200, 2)).toMatchObject({ updated: [{ id: 'm2', role: 'member' }] });
  });

  it('learns who is a member and who is not', () => {
    expect(result('add', 409, 5)).toMatchObject({ added: [{ lid: lid(5) }] });
    for (const action of ['remove', 'promote', 'demote'] as const) {
      expect(result(action, 404, 1)).toMatchObject({ removed: ['m1'] });
    }
  });

  it('changes my own role', () => {
    expect(result('demote', 200, 0)?.state.myRole).toBe('member');
  });
});
