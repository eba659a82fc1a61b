import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { parseGroupJid } from '#whatsapp';
import { GroupJoined, GroupLeft, GroupsService, SettingsApplied } from '../groups/index.js';
import { joinAnswer, leaveAnswer, updateAnswer } from './group-answers.js';
import { toGroupView } from './group-view.js';
import { patchOf, type GroupIdentifierDto, type JoinByInviteDto, type UpdateGroupRequestDto } from './requests.dto.js';

/*
 * What became of product B's actions, found out by those who know it of this gateway's own. A group that was named by an
 * invite is not looked up again: the action may be what ended the invite.
 */

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
