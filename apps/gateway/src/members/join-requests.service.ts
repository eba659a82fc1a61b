import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import type { JoinRequest } from '#whatsapp';
import { LiveGroups } from '../groups/index.js';
import { requestRefusal } from './participant-rights.js';

/** Those who wait for an admin to let them into a group; letting them in is `ParticipantsService`'s. */
@Injectable()
export class JoinRequestsService {
  constructor(private readonly live: LiveGroups) {}

  /** Oldest first; asks WhatsApp each time. */
  async list(caller: Principal, sessionId: string, groupJid: string): Promise<JoinRequest[]> {
    const target = await this.live.group(caller, sessionId, groupJid);
    const asked = target.client.fetchJoinRequests(groupJid).catch((error: unknown) => {
      throw requestRefusal(error);
    });
    return this.live.ask(target, asked);
  }
}
