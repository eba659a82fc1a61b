import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '#auth';
import { AppError, ForbiddenError, NotFoundError, ValidationError } from '#errors';
import { USER_JID_EXPECTED } from '#http';
import { MemberRepository } from '#store';
import {
  GroupSettingsService,
  GroupsService,
  InvitesService,
  LiveGroups,
  type SettingsPatch,
} from '../groups/index.js';
import { ParticipantsService } from '../members/index.js';
import type { GroupAnswer, GroupJidAnswer, GroupsAnswer, InviteAnswer, JoinAnswer } from './answers.dto.js';
import { joinAnswer, leaveAnswer, updateAnswer } from './group-answers.js';
import {
  changed,
  describe,
  invitationOf,
  participantViewOf,
  toGroupView,
  toParticipantView,
  type Invitation,
} from './group-view.js';
import { Instances } from './instances.service.js';
import { distinctJidsOf, readParticipants } from './named-participants.js';
import { patchOf, type CreateGroupRequestDto, type UpdateGroupRequestDto } from './requests.dto.js';

export interface CreatedAnswer {
  answer: GroupAnswer;
  /** How many participants are not in the group: declined by WhatsApp, or malformed. */
  failed: number;
}

/** Product B's routes of groups, in terms of this gateway's own. */
@Injectable()
export class CompatGroups {
  private readonly logger = new Logger('Compat');

  constructor(
    private readonly instances: Instances,
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
    private readonly settings: GroupSettingsService,
    private readonly invites: InvitesService,
    private readonly members: MemberRepository,
    private readonly participants: ParticipantsService,
  ) {}

  /** From stored data, with no question to WhatsApp: so without invites, which would be one for each group. */
  async list(caller: Principal, instance: string): Promise<GroupsAnswer> {
    const session = await this.instances.connected(caller, instance);
    const { data } = await this.groups.list(caller, session, {});
    const groups = data.filter(({ myRole }) => myRole !== 'left').map((group) => toGroupView(group));
    return { success: true, message: 'Groups of the instance', groups, meta: { total: groups.length } };
  }

  /** From stored data but for the invite, which WhatsApp tells admins only. */
  async info(caller: Principal, instance: string, identifier: string, withMembers: boolean): Promise<GroupAnswer> {
    const { session, groupJid } = await this.target(caller, instance, identifier);
    const { group } = await this.live.group(caller, session, groupJid);
    if (group.myRole === 'left') throw new NotFoundError('group');
    const invitation = group.myRole === 'member' ? {} : await this.invitation(caller, session, groupJid);
    const members =
      withMembers && (await this.members.list(caller.scope, session, groupJid, {})).data.map(toParticipantView);
    const view = toGroupView(group, { ...invitation, ...(members && { participants: members }) });
    return { success: true, message: 'Group found', group: view };
  }

  async create(caller: Principal, instance: string, request: CreateGroupRequestDto): Promise<CreatedAnswer> {
    const named = readParticipants(request.participants);
    const jids = distinctJidsOf(named);
    if (jids.length === 0) throw ValidationError.of('participants[0]', USER_JID_EXPECTED);
    const session = await this.instances.connected(caller, instance);
    const { group, declined } = await this.groups.create(caller, session, request.name, jids);
    const { groupJid, participants } = group;
    const { description, groupSettings } = request;
    const patch = patchOf({ description, groupSettings });
    if (Object.keys(patch).length > 0) await this.set(caller, session, groupJid, patch);
    const invitation = await this.invitationAfter(caller, session, groupJid);
    const members = participants.map(participantViewOf);
    const view = toGroupView(changed(describe(group), patch), { ...invitation, participants: members });
    const failed = declined.length + named.filter(({ jid }) => jid === undefined).length;
    const message = failed > 0 ? `Group created, without ${failed} of the participants` : 'Group created';
    return { answer: { success: true, message, group: view }, failed };
  }

  async update(caller: Principal, instance: string, request: UpdateGroupRequestDto): Promise<GroupAnswer> {
    const patch = patchOf(request);
    if (Object.keys(patch).length === 0) {
      throw ValidationError.of('body', 'needs at least one of name, description, groupSettings');
    }
    const { session, groupJid } = await this.target(caller, instance, request.identifier);
    const { group } = await this.live.group(caller, session, groupJid);
    await this.settings.patch(caller, session, groupJid, patch);
    return updateAnswer(toGroupView(changed(group, patch)));
  }

  async resetLink(caller: Principal, instance: string, identifier: string): Promise<InviteAnswer> {
    const { session, groupJid } = await this.target(caller, instance, identifier);
    const invitation = invitationOf(await this.invites.reset(caller, session, groupJid));
    return { success: true, message: 'Invite link reset', groupJid, ...invitation };
  }

  async join(caller: Principal, instance: string, invite: string): Promise<JoinAnswer> {
    const session = await this.instances.connected(caller, instance);
    const { groupJid, status } = await this.invites.join(caller, session, invite);
    return joinAnswer(groupJid, status === 'pending_approval');
  }

  async leave(caller: Principal, instance: string, identifier: string): Promise<GroupJidAnswer> {
    const { session, groupJid } = await this.target(caller, instance, identifier);
    await this.groups.leave(caller, session, groupJid);
    return leaveAnswer(groupJid);
  }

  private async target(caller: Principal, instance: string, identifier: string) {
    const session = await this.instances.connected(caller, instance);
    return { session, groupJid: await this.participants.resolveGroup(caller, session, identifier) };
  }

  /** The group is there by now: whoever hears that its settings failed must hear of it. */
  private async set(caller: Principal, session: string, groupJid: string, patch: SettingsPatch): Promise<void> {
    try {
      await this.settings.patch(caller, session, groupJid, patch);
    } catch (error) {
      throw error instanceof AppError ? error.with({ groupJid }) : error;
    }
  }

  /** Left out where WhatsApp says that the account is no admin any more. */
  private async invitation(caller: Principal, session: string, groupJid: string): Promise<Partial<Invitation>> {
    try {
      return invitationOf(await this.invites.link(caller, session, groupJid));
    } catch (error) {
      if (error instanceof ForbiddenError && error.details.reason === 'not_group_admin') return {};
      throw error;
    }
  }

  /** What was done is done, whether or not the invite can be had. */
  private async invitationAfter(caller: Principal, session: string, groupJid: string): Promise<Partial<Invitation>> {
    try {
      return await this.invitation(caller, session, groupJid);
    } catch (error) {
      this.logger.warn({
        msg: 'the invite of a new group could not be read',
        sessionId: session,
        groupJid,
        err: error,
      });
      return {};
    }
  }
}
