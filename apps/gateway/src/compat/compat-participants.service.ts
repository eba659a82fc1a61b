import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ForbiddenError, NotFoundError } from '#errors';
import { phoneNumberOf, type JoinRequest, type ParticipantAction } from '#whatsapp';
import { LiveGroups } from '../groups/index.js';
import { JoinRequestsService, ParticipantsService } from '../members/index.js';
import type { JoinRequestView, JoinRequestsAnswer, ParticipantsAnswer } from './answers.dto.js';
import { Instances } from './instances.service.js';
import { distinctJidsOf, readParticipants } from './named-participants.js';
import { participantsAnswer } from './participants-answer.js';
import type { ManageParticipantsDto } from './requests.dto.js';

/** Product B asks the super-admin for these; WhatsApp would let any admin. */
const FOR_SUPER_ADMINS: readonly ParticipantAction[] = ['promote', 'demote'];

/** Product B's six actions on participants, and those who ask to join, in terms of this gateway's own. */
@Injectable()
export class CompatParticipants {
  constructor(
    private readonly instances: Instances,
    private readonly live: LiveGroups,
    private readonly participants: ParticipantsService,
    private readonly requests: JoinRequestsService,
  ) {}

  async act(caller: Principal, instance: string, request: ManageParticipantsDto): Promise<ParticipantsAnswer> {
    const { action, identifier } = request;
    const session = await this.instances.connected(caller, instance);
    const groupJid = await this.participants.resolveGroup(caller, session, identifier);
    const named = readParticipants(request.participants);
    const jids = distinctJidsOf(named);
    const needsSuperAdmin = FOR_SUPER_ADMINS.includes(action);
    // With nobody to act on, nobody else would look at the group.
    if (needsSuperAdmin || jids.length === 0) await this.requireAdmin(caller, session, groupJid, needsSuperAdmin);
    const acted =
      jids.length > 0 && (await this.participants.act(caller, session, groupJid, { action, participants: jids }));
    return participantsAnswer(groupJid, action, named, acted ? acted.participants : []);
  }

  async pending(caller: Principal, instance: string, identifier: string): Promise<JoinRequestsAnswer> {
    const session = await this.instances.connected(caller, instance);
    const groupJid = await this.participants.resolveGroup(caller, session, identifier);
    const requests = (await this.requests.list(caller, session, groupJid)).map(toRequestView);
    const meta = { total: requests.length };
    return { success: true, message: 'Join requests of the group', groupJid, requests, meta };
  }

  private async requireAdmin(caller: Principal, session: string, groupJid: string, isSuper: boolean): Promise<void> {
    const { myRole } = (await this.live.group(caller, session, groupJid)).group;
    if (myRole === 'left') throw new NotFoundError('group');
    if (myRole === 'superadmin' || (myRole === 'admin' && !isSuper)) return;
    throw new ForbiddenError('not_group_admin', 'the account does not have the rights for this in the group');
  }
}

/** Approving and rejecting go best by LID, and clients pass on the `jid` that they find here. */
function toRequestView({ lid, phoneJid, requestedAt }: JoinRequest): JoinRequestView {
  const phoneNumber = phoneNumberOf(phoneJid);
  return {
    jid: lid ?? phoneJid ?? '',
    ...(phoneNumber !== undefined && { phoneNumber }),
    requestedAt: new Date(requestedAt).toISOString(),
  };
}
