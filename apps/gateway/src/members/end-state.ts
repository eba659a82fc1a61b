import { Injectable } from '@nestjs/common';
import { IdentityRepository, MemberRepository, type MemberRecord, type TenantScope } from '#store';
import type { ParticipantAction, UserRef } from '#whatsapp';
import { LiveGroups } from '../groups/index.js';
import { JoinRequestsService } from './join-requests.service.js';
import { outcomeOf, toOutcome } from './participant-outcome.js';
import type { ParticipantsOutcome } from './participants.js';
import { distinctPeople } from './people.js';

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
    if (action === 'reject') {
      const waiting = named(await this.requests.list(caller, sessionId, groupJid));
      return (user) => !addressesOf(user).some((address) => waiting.has(address));
    }
    await this.live.read(await this.live.account(caller, sessionId), groupJid);
    const { data } = await this.members.list(caller.scope, sessionId, groupJid, {});
    const roles = new Map(data.flatMap(({ jid, lid, role }) => [jid, lid ?? jid].map((address) => [address, role])));
    return (user) => {
      const role = addressesOf(user).flatMap((address) => roles.get(address) ?? [])[0];
      return isAsWanted(action, role);
    };
  }
}

function isAsWanted(action: Exclude<ParticipantAction, 'reject'>, role: MemberRecord['role'] | undefined): boolean {
  switch (action) {
    case 'add':
    case 'approve':
      return role !== undefined;
    case 'remove':
      return role === undefined;
    case 'promote':
      return role === 'admin';
    case 'demote':
      return role === 'member';
  }
}

function named(users: readonly UserRef[]): Set<string> {
  return new Set(users.flatMap(addressesOf));
}

function addressesOf({ phoneJid, lid }: UserRef): string[] {
  return [phoneJid ?? [], lid ?? []].flat();
}
