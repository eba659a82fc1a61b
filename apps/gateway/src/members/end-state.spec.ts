import { describe, expect, it } from '@jest/globals';
import type { IdentityRepository, MemberRecord, MemberRepository } from '#store';
import type { JoinRequest, ParticipantAction } from '#whatsapp';
import type { LiveGroups } from '../groups/index.js';
import { EndState } from './end-state.js';
import type { JoinRequestsService } from './join-requests.service.js';

const CALLER = { scope: { organizationId: 'o' } };
const WHOM = '5511999999999';

/** What is found of a group in which `members` are and for which `waiting` wait. */
function stateOf(members: Partial<MemberRecord>[], waiting: Partial<JoinRequest>[] = []): EndState {
  return new EndState(
    { account: () => Promise.resolve({}), read: () => Promise.resolve() } as unknown as LiveGroups,
    { list: () => Promise.resolve({ data: members, nextCursor: '' }) } as unknown as MemberRepository,
    { list: () => Promise.resolve(waiting) } as unknown as JoinRequestsService,
    { resolve: (_: string, users: unknown) => Promise.resolve(users) } as unknown as IdentityRepository,
  );
}

const found = (state: EndState, action: ParticipantAction) => state.read(CALLER, 's', '1@g.us', action, [WHOM]);

const byLidAlone = { jid: '9@lid', lid: '9@lid', role: 'member' as const };
const byBoth = { jid: '5522@s.whatsapp.net', phoneNumber: '5522', lid: '8@lid', role: 'member' as const };

describe('what became of an action whose answer was lost', () => {
  it.each<ParticipantAction>(['remove', 'reject'])('%s: done, where nobody who is left can be them', async (action) => {
    expect(await found(stateOf([byBoth]), action)).toMatchObject({ participants: [{ success: true }] });
  });

  it.each<ParticipantAction>(['remove', 'reject'])(
    '%s: not known, where somebody is a member by LID alone and may be them',
    async (action) => {
      expect(await found(stateOf([byBoth, byLidAlone]), action)).toBeUndefined();
    },
  );

  it('reject: not known, where somebody waits by LID alone and may be them', async () => {
    expect(await found(stateOf([byBoth], [{ lid: '9@lid', requestedAt: 1 }]), 'reject')).toBeUndefined();
  });

  it('reject: not done, where they were let in', async () => {
    const letIn = { jid: `${WHOM}@s.whatsapp.net`, phoneNumber: WHOM, role: 'member' as const };
    expect(await found(stateOf([letIn]), 'reject')).toBeUndefined();
  });
});
