import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { IdentityRepository } from '#store';
import type { JoinRequest, UserRef } from '#whatsapp';
import { LiveGroups } from '../groups/index.js';
import { requestRefusal } from './participant-rights.js';

/** Those who wait for an admin to let them into a group; letting them in is `ParticipantsService`'s. */
@Injectable()
export class JoinRequestsService {
  constructor(
    private readonly live: LiveGroups,
    private readonly identities: IdentityRepository,
  ) {}

  /** Oldest first, by both addresses where they are known; asks WhatsApp each time. */
  async list(caller: Pick<Principal, 'scope'>, sessionId: string, groupJid: string): Promise<JoinRequest[]> {
    const target = await this.live.group(caller, sessionId, groupJid);
    const asked = target.client.fetchJoinRequests(groupJid).catch((error: unknown) => {
      throw requestRefusal(error);
    });
    return this.identified(sessionId, await this.live.ask(target, asked));
  }

  private async identified(sessionId: string, requests: readonly JoinRequest[]): Promise<JoinRequest[]> {
    const people = requests.flatMap(({ phoneJid, lid, addedBy }) => [{ phoneJid, lid }, ...(addedBy ? [addedBy] : [])]);
    await this.identities.learn(sessionId, people.filter(isWhole));
    const users = await this.identities.resolve(sessionId, requests);
    return requests.map((request, index) => ({ ...request, ...users[index] }));
  }
}

function isWhole(user: UserRef): user is Required<UserRef> {
  return user.phoneJid !== undefined && user.lid !== undefined;
}
