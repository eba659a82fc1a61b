import { describe, expect, it } from '@jest/globals';
import type { GroupSnapshot, UserRef } from '#whatsapp';
import { strangers } from './strangers.js';

const lid = (n: number): string => `9000000${n}@lid`;
const phoneJid = (n: number): string => `1555000000${n}@s.whatsapp.net`;
const both = (n: number, other = n) => ({ lid: lid(n), phoneJid: phoneJid(other) });

function snapshot(owner: UserRef | undefined, ...participants: UserRef[]): GroupSnapshot {
  return {
    groupJid: '120363000000000001@g.us',
    addressingMode: 'lid',
    subject: '',
    description: '',
    isAnnounce: false,
    isLocked: false,
    joinApproval: false,
    memberAddMode: 'admin_add',
    ephemeralSeconds: 0,
    owner,
    participants: participants.map((user) => ({ ...user, role: 'member' })),
  };
}

describe('the strangers of a snapshot', () => {
  it('are nobody where all are stored under both addresses, by whichever they come', () => {
    const told = snapshot({ lid: lid(1) }, both(0), both(1), { lid: lid(2) }, { phoneJid: phoneJid(3) });
    expect(
      strangers(
        told,
        [0, 1, 2, 3].map((n) => both(n)),
        both(0),
      ),
    ).toEqual([]);
  });

  it.each<[string, UserRef]>([
    ['who is not stored', both(5)],
    ['who is stored by the LID alone', both(2)],
    ['who is stored by the number alone', { phoneJid: phoneJid(3) }],
    ['who has another number now', both(1, 5)],
    ['who has the number of another one now', both(5, 1)],
  ])('are those %s', (_, user) => {
    const stored = [both(1), { lid: lid(2) }, { phoneJid: phoneJid(3) }];
    expect(strangers(snapshot(undefined, user), stored, both(1))).toMatchObject([user]);
    expect(strangers(snapshot(user), stored, both(1))).toMatchObject([user]);
    expect(strangers(snapshot(undefined), stored, user)).toMatchObject([user]);
  });
});
