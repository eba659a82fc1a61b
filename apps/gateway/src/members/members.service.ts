import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ForbiddenError, NotFoundError, NotImplementedError } from '#errors';
import { MemberRepository } from '#store';
import type { MemberAction } from '#whatsapp';
import { settled } from './participant-outcome.js';
import type { ParticipantsOutcome } from './participants.js';
import { ParticipantsService } from './participants.service.js';
import { distinctPeople } from './people.js';

/** Product A's four actions on the members of a group. */
@Injectable()
export class MembersService {
  constructor(
    private readonly members: MemberRepository,
    private readonly participants: ParticipantsService,
  ) {}

  /** WhatsApp may decline some without failing the call. */
  async act(
    caller: Principal,
    sessionId: string,
    groupJid: string,
    action: MemberAction,
    participants: readonly string[],
  ): Promise<ParticipantsOutcome> {
    return settled(await this.participants.act(caller, sessionId, groupJid, { action, participants }));
  }

  /** As `act`, for the one who is a member, else `NotFoundError`: that comes before the rights that are missing. */
  async changeRole(
    caller: Principal,
    sessionId: string,
    groupJid: string,
    action: 'promote' | 'demote',
    jid: string,
  ): Promise<ParticipantsOutcome> {
    try {
      return await this.act(caller, sessionId, groupJid, action, [jid]);
    } catch (error) {
      if (isNotAdmin(error)) await this.requireMember(sessionId, groupJid, jid, error);
      throw error;
    }
  }

  /** Reserved: never does anything, whatever is asked. */
  approve(): never {
    throw new NotImplementedError('reserved', 'approving join requests is not implemented in v2');
  }

  private async requireMember(sessionId: string, groupJid: string, jid: string, cause: unknown): Promise<void> {
    for (const { user } of distinctPeople([jid])) {
      const member = await this.members.find(sessionId, groupJid, user);
      if (!member) throw new NotFoundError('member', {}, { cause });
    }
  }
}

function isNotAdmin(error: unknown): boolean {
  return error instanceof ForbiddenError && error.details.reason === 'not_group_admin';
}
