import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { parseGroupJid } from '#whatsapp';
import { GroupJoined, GroupLeft, GroupsService, SettingsApplied } from '../groups/index.js';
import { ParticipantsDone, type ParticipantsOutcome } from '../members/index.js';
import { joinAnswer, leaveAnswer, updateAnswer } from './group-answers.js';
import { toGroupView } from './group-view.js';
import { distinctJidsOf, readParticipants } from './named-participants.js';
import { participantsAnswer } from './participants-answer.js';
import {
  patchOf,
  type GroupIdentifierDto,
  type JoinByInviteDto,
  type ManageParticipantsDto,
  type UpdateGroupRequestDto,
} from './requests.dto.js';

/*
 * What became of product B's actions, found out by those who know it of this gateway's own. A group that was named by an
 * invite is not looked up again where the action may be what ended the invite.
 */

@Injectable()
export class InstanceParticipantsDone extends OutcomeResolver {
  constructor(private readonly done: ParticipantsDone) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { action, participants, identifier } = request.body as ManageParticipantsDto;
    const named = readParticipants(participants);
    const body = { action, participants: distinctJidsOf(named) };
    const found = await this.done.resolve({ ...request, params: { gid: identifier }, body });
    if (!found) return undefined;
    const { groupJid, participants: outcomes } = found.body as ParticipantsOutcome;
    return { body: participantsAnswer(groupJid, action, named, outcomes) };
  }
}

@Injectable()
export class InstanceLeftGroup extends OutcomeResolver {
  constructor(private readonly left: GroupLeft) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const groupJid = parseGroupJid((request.query as unknown as GroupIdentifierDto).identifier);
    if (groupJid === undefined) return undefined;
    const found = await this.left.resolve({ ...request, params: { gid: groupJid } });
    return found && { body: leaveAnswer(groupJid) };
  }
}

@Injectable()
export class InstanceJoinedGroup extends OutcomeResolver {
  constructor(private readonly joined: GroupJoined) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { identifier } = request.body as JoinByInviteDto;
    const found = await this.joined.resolve({ ...request, body: { invite: identifier } });
    return found && { body: joinAnswer((found.body as { groupJid: string }).groupJid, false) };
  }
}

@Injectable()
export class InstanceGroupUpdated extends OutcomeResolver {
  constructor(
    private readonly applied: SettingsApplied,
    private readonly groups: GroupsService,
  ) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { scope, sessionId } = request;
    const body = request.body as UpdateGroupRequestDto;
    const groupJid = parseGroupJid(body.identifier);
    if (groupJid === undefined) return undefined;
    const found = await this.applied.resolve({ ...request, params: { gid: groupJid }, body: patchOf(body) });
    return found && { body: updateAnswer(toGroupView(await this.groups.get({ scope }, sessionId, groupJid))) };
  }
}
