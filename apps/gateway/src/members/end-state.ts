import { Injectable } from '@nestjs/common';
import { IdentityRepository, MemberRepository, type MemberRecord, type TenantScope } from '#store';
import type { ParticipantAction, UserRef } from '#whatsapp';
import { LiveGroups } from '../groups/index.js';
import { JoinRequestsService } from './join-requests.service.js';
import { outcomeOf, toOutcome } from './participant-outcome.js';
import type { ParticipantsOutcome } from './participants.js';
import { distinctPeople } from './people.js';
import { Roll } from './roll.js';

const DONE = 200;

/** What became of an action whose answer was lost, told by how things are now. */
@Injectable()
export class EndState {
  constructor(
    private readonly live: LiveGroups,
    private readonly members: MemberRepository,
    private readonly requests: JoinRequestsService,
    private readonly identities: IdentityRepository,
  ) {}

  /**
   * Asks WhatsApp who is in the group, or who waits. Whoever is as the action would make them counts as done; of the others
   * it is unknown. `undefined`: nobody is, and nothing can be said.
   */
  async read(
    caller: { scope: TenantScope },
    sessionId: string,
    groupJid: string,
    action: ParticipantAction,
    inputs: readonly string[],
  ): Promise<ParticipantsOutcome | undefined> {
    const isDone = await this.test(caller, sessionId, groupJid, action);
    const people = distinctPeople(inputs);
    const named = people.map(({ user }) => user);
    const users = await this.identities.resolve(sessionId, named);
    const outcomes = people.map((person, index) => {
      const user = { ...person.user, ...users[index] };
      const { jid: input = person.input } = person;
      return outcomeOf(
        action,
        { ...person, user },
        isDone(user) ? { input, code: DONE } : { input, missing: 'unknown' },
      );
    });
    return outcomes.some(({ success }) => success) ? toOutcome(groupJid, action, outcomes) : undefined;
  }

  private async test(
    caller: { scope: TenantScope },
    sessionId: string,
    groupJid: string,
    action: ParticipantAction,
  ): Promise<(user: UserRef) => boolean> {
    await this.live.read(await this.live.account(caller, sessionId), groupJid);
    const { data } = await this.members.list(caller.scope, sessionId, groupJid, {});
    const members = new Roll(
      data.map(addressesOf),
      data.map(({ role }) => role),
    );
    if (action !== 'reject') return (user) => isAsWanted(action, members, user);
    const requests = await this.requests.list(caller, sessionId, groupJid);
    const waiting = new Roll(requests, requests);
    // Who waits no longer may as well have been let in.
    return (user) => waiting.lacks(user) && members.lacks(user);
  }
}

function isAsWanted(
  action: Exclude<ParticipantAction, 'reject'>,
  members: Roll<MemberRecord['role']>,
  user: UserRef,
): boolean {
  switch (action) {
    case 'add':
    case 'approve':
      return members.find(user) !== undefined;
    case 'remove':
      return members.lacks(user);
    case 'promote':
      return members.find(user) === 'admin';
    case 'demote':
      return members.find(user) === 'member';
  }
}

function addressesOf({ jid, lid, phoneNumber }: MemberRecord): UserRef {
  return { ...(phoneNumber !== undefined && { phoneJid: jid }), ...(lid !== undefined && { lid }) };
}
