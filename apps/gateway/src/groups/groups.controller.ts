import { Body, Controller, Delete, Get, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Caller, Requires, type Principal } from '#auth';
import {
  BAD_GROUP_JID,
  BAD_PAGE,
  GroupJidParam,
  Idempotent,
  ListOf,
  NeverKnown,
  Operation,
  PageQuery,
  RenderedReads,
  SessionParam,
} from '#http';
import { GroupJoined } from './group-joined.js';
import { GroupLeft } from './group-left.js';
import { GroupReads } from './group-reads.service.js';
import { GroupSettingsService } from './group-settings.service.js';
import {
  CreateGroupDto,
  GroupDto,
  GroupInfoDto,
  InviteDto,
  JoinGroupDto,
  JoinedGroupDto,
  UpdateGroupDto,
  distinctJids,
  toGroupInfoDto,
  toJoinedGroupDto,
} from './groups.dto.js';
import {
  BAD_INVITE,
  BAD_NAME,
  BAD_SUBJECT,
  LIVE,
  NOT_A_USER,
  NOT_ADMIN,
  NOT_CONNECTED,
  NOT_FOUND,
  NOT_LET_IN,
  NOTHING_TO_CHANGE,
} from './groups.errors.js';
import { GroupsService } from './groups.service.js';
import { InvitesService } from './invites.service.js';
import { PARTICIPANTS_FAILED, participantsFailed } from './participants-failed.js';
import { SettingsApplied } from './settings-applied.js';

@ApiTags('Groups')
@Controller('api/v1/sessions/:session')
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly reads: GroupReads,
    private readonly rendered: RenderedReads,
    private readonly settings: GroupSettingsService,
    private readonly invites: InvitesService,
  ) {}

  @Get('groups')
  @Requires('read')
  @Operation({
    id: 'listGroups',
    summary: 'List groups',
    description: 'From stored data: needs no connection, and shows the groups that the account has left as well.',
    returns: ListOf(GroupDto),
    conditional: true,
    errors: [...BAD_PAGE, 'not_found'],
  })
  async list(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Query() page: PageQuery,
    @Res() response: Response,
  ): Promise<void> {
    await this.rendered.answer(response, this.reads.list(caller, session, page));
  }

  @Post('groups')
  @Requires('send')
  @Idempotent(NeverKnown)
  @Operation({
    id: 'createGroup',
    summary: 'Make a group',
    description: 'WhatsApp may decline some participants: `X-Participants-Failed` says how many.',
    success: 201,
    returns: GroupInfoDto,
    headers: PARTICIPANTS_FAILED,
    errors: [...BAD_NAME, NOT_A_USER, 'not_found', ...LIVE],
  })
  async create(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Body() body: CreateGroupDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GroupInfoDto> {
    const { group, declined } = await this.groups.create(caller, session, body.name, distinctJids(body.participants));
    response.set(participantsFailed(declined.length));
    return toGroupInfoDto(group);
  }

  @Post('groups\\:sync')
  @Requires('send')
  @Operation({
    id: 'syncGroups',
    summary: 'Read all groups from WhatsApp again',
    description:
      'In the background: the answer only says that it begins, or is under way already. Stored groups are kept current anyway; ' +
      'this is for who does not want to rely on it.',
    success: 202,
    errors: ['not_found', NOT_CONNECTED],
  })
  async sync(@Caller() caller: Principal, @SessionParam() session: string): Promise<void> {
    await this.groups.refresh(caller, session);
  }

  @Get('groups/:gid')
  @Requires('read')
  @Operation({
    id: 'getGroup',
    summary: 'One group',
    description: 'From stored data: needs no connection.',
    returns: GroupDto,
    conditional: true,
    errors: [BAD_GROUP_JID, ...NOT_FOUND],
  })
  async get(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Res() response: Response,
  ): Promise<void> {
    await this.rendered.answer(response, this.reads.one(caller, session, gid));
  }

  @Patch('groups/:gid')
  @Requires('send')
  @Idempotent(SettingsApplied)
  @Operation({
    id: 'updateGroup',
    summary: 'Change settings',
    description:
      'At least one of them. They are applied in the order in which they are documented; when one fails, `details.failed` names it and ' +
      '`details.applied` those before it, which stay applied.',
    success: 204,
    errors: [BAD_GROUP_JID, NOTHING_TO_CHANGE, ...BAD_SUBJECT, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async update(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Body() body: UpdateGroupDto,
  ): Promise<void> {
    await this.settings.patch(caller, session, gid, body);
  }

  @Get('groups/:gid/invite')
  @Requires('read')
  @Operation({
    id: 'getGroupInvite',
    summary: 'The invite link',
    returns: InviteDto,
    errors: [BAD_GROUP_JID, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async invite(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<InviteDto> {
    return { invite: await this.invites.link(caller, session, gid) };
  }

  @Delete('groups/:gid/invite')
  @Requires('send')
  @Idempotent(NeverKnown)
  @Operation({
    id: 'resetGroupInvite',
    summary: 'Reset the invite link',
    description: 'The old link stops working; the answer is the new one.',
    returns: InviteDto,
    errors: [BAD_GROUP_JID, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async resetInvite(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<InviteDto> {
    return { invite: await this.invites.reset(caller, session, gid) };
  }

  @Post('groups/:gid\\:leave')
  @Requires('send')
  @Idempotent(GroupLeft)
  @Operation({
    id: 'leaveGroup',
    summary: 'Leave a group',
    description: 'What is stored of the group stays readable.',
    success: 204,
    errors: [BAD_GROUP_JID, ...NOT_FOUND, ...LIVE],
  })
  async leave(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<void> {
    await this.groups.leave(caller, session, gid);
  }

  @Post('groups\\:join')
  @Requires('send')
  @Idempotent(GroupJoined)
  @Operation({
    id: 'joinGroup',
    summary: 'Join a group by invite',
    description: 'Also a success when the account is in the group already.',
    returns: JoinedGroupDto,
    errors: [...BAD_INVITE, NOT_LET_IN, 'not_found', ...LIVE],
  })
  async join(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Body() body: JoinGroupDto,
  ): Promise<JoinedGroupDto> {
    return toJoinedGroupDto(await this.invites.join(caller, session, body.invite));
  }
}
