import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Caller, RateLimitScheme, Requires, TokenHeader, type Principal } from '#auth';
import { Idempotent, NeverKnown, Operation } from '#http';
import { PARTICIPANTS_FAILED, participantsFailed } from '../groups/index.js';
import {
  GroupAnswer,
  GroupJidAnswer,
  GroupsAnswer,
  InviteAnswer,
  JoinAnswer,
  JoinRequestsAnswer,
  ParticipantsAnswer,
} from './answers.dto.js';
import { CompatGroups } from './compat-groups.service.js';
import { CompatParticipants } from './compat-participants.service.js';
import {
  InstanceGroupUpdated,
  InstanceJoinedGroup,
  InstanceLeftGroup,
  InstanceParticipantsDone,
} from './compat-outcomes.js';
import * as errors from './compat.errors.js';
import { ProductBError } from './error.dto.js';
import {
  CreateGroupRequestDto,
  GroupIdentifierDto,
  GroupInfoQuery,
  JoinByInviteDto,
  ManageParticipantsDto,
  UpdateGroupRequestDto,
} from './requests.dto.js';

const INSTANCE = { parameter: 'instance', byLabel: true };

/** Product B's routes, for clients that were written for it. They are a translation: what they do is done elsewhere. */
@ApiTags('Product B (compatibility)')
@ApiExtraModels(ProductBError)
@Controller('api/group')
@TokenHeader()
@RateLimitScheme('product-b')
export class CompatController {
  constructor(
    private readonly groups: CompatGroups,
    private readonly participants: CompatParticipants,
  ) {}

  @Post('participants/:instance')
  @Requires('send')
  @Idempotent(InstanceParticipantsDone, { ...INSTANCE, stanzaSeconds: 90 })
  @Operation({
    id: 'manageParticipants',
    summary: 'Manage participants',
    description:
      'Adds, removes, promotes, demotes, approves or rejects. 200 even when some of them fail: each has a result of its own. ' +
      'Promoting and demoting need the super-admin, everything else an admin; approving and rejecting a group that asks for ' +
      'approval, and best the `jid` that the list of requests shows.',
    returns: ParticipantsAnswer,
    example: errors.PARTICIPANTS_EXAMPLE,
    errors: [...errors.ACTION, ...errors.GROUP, ...errors.ADMIN, ...errors.LIVE],
  })
  manage(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Body() body: ManageParticipantsDto,
  ): Promise<ParticipantsAnswer> {
    return this.participants.act(caller, instance, body);
  }

  @Get('requests/:instance')
  @Requires('read')
  @Operation({
    id: 'listGroupRequests',
    summary: 'Who asks to join',
    returns: JoinRequestsAnswer,
    errors: [...errors.GROUP, ...errors.ADMIN, ...errors.LIVE],
  })
  requests(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Query() { identifier }: GroupIdentifierDto,
  ): Promise<JoinRequestsAnswer> {
    return this.participants.pending(caller, instance, identifier);
  }

  @Post('resetLink/:instance')
  @Requires('send')
  @Idempotent(NeverKnown, INSTANCE)
  @Operation({
    id: 'resetGroupLink',
    summary: 'Reset the invite link',
    description: 'The old link stops working.',
    returns: InviteAnswer,
    errors: [...errors.GROUP, ...errors.ADMIN, ...errors.LIVE],
  })
  resetLink(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Body() { identifier }: GroupIdentifierDto,
  ): Promise<InviteAnswer> {
    return this.groups.resetLink(caller, instance, identifier);
  }

  @Post('join/:instance')
  @Requires('send')
  @Idempotent(InstanceJoinedGroup, INSTANCE)
  @Operation({
    id: 'joinGroupByInvite',
    summary: 'Join a group by invite',
    description: 'Also a success when the account is in the group already.',
    returns: JoinAnswer,
    errors: [...errors.INVITE, errors.INSTANCE, errors.NOT_LET_IN, ...errors.LIVE],
  })
  join(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Body() { identifier }: JoinByInviteDto,
  ): Promise<JoinAnswer> {
    return this.groups.join(caller, instance, identifier);
  }

  @Delete('leave/:instance')
  @Requires('send')
  @Idempotent(InstanceLeftGroup, INSTANCE)
  @Operation({
    id: 'leaveGroupOf',
    summary: 'Leave a group',
    returns: GroupJidAnswer,
    errors: [...errors.GROUP, ...errors.LIVE],
  })
  leave(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Query() { identifier }: GroupIdentifierDto,
  ): Promise<GroupJidAnswer> {
    return this.groups.leave(caller, instance, identifier);
  }

  @Get('info/:instance')
  @Requires('read')
  @Operation({
    id: 'getGroupInfo',
    summary: 'One group',
    description: 'From stored data, but for the invite, which only an admin of the group is told.',
    returns: GroupAnswer,
    errors: [...errors.GROUP, ...errors.LIVE],
  })
  info(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Query() { identifier, participants = false }: GroupInfoQuery,
  ): Promise<GroupAnswer> {
    return this.groups.info(caller, instance, identifier, participants);
  }

  @Get('list/:instance')
  @Requires('read')
  @Operation({
    id: 'listInstanceGroups',
    summary: 'The groups that the account is in',
    description: 'From stored data: without invites, and without participants.',
    returns: GroupsAnswer,
    errors: [errors.INSTANCE, errors.DISCONNECTED],
  })
  list(@Caller() caller: Principal, @Param('instance') instance: string): Promise<GroupsAnswer> {
    return this.groups.list(caller, instance);
  }

  @Post('create/:instance')
  @Requires('send')
  @Idempotent(NeverKnown, INSTANCE)
  @Operation({
    id: 'createInstanceGroup',
    summary: 'Make a group',
    description:
      'Description and settings follow once it is made: when one of them fails, `details.groupJid` names the group all the same. ' +
      'WhatsApp may decline some participants: `X-Participants-Failed` says how many, `group.participants` who is in it.',
    returns: GroupAnswer,
    headers: PARTICIPANTS_FAILED,
    errors: [...errors.NEW_GROUP, errors.INSTANCE, ...errors.LIVE],
  })
  async create(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Body() body: CreateGroupRequestDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GroupAnswer> {
    const { answer, failed } = await this.groups.create(caller, instance, body);
    response.set(participantsFailed(failed));
    return answer;
  }

  @Put('update/:instance')
  @Requires('send')
  @Idempotent(InstanceGroupUpdated, INSTANCE)
  @Operation({
    id: 'updateInstanceGroup',
    summary: 'Change name, description or settings',
    description:
      'At least one of them. They are applied one after the other; when one fails, `details.failed` names it and ' +
      '`details.applied` those before it, which stay applied.',
    returns: GroupAnswer,
    errors: [...errors.CHANGE, ...errors.GROUP, ...errors.ADMIN, ...errors.LIVE],
  })
  update(
    @Caller() caller: Principal,
    @Param('instance') instance: string,
    @Body() body: UpdateGroupRequestDto,
  ): Promise<GroupAnswer> {
    return this.groups.update(caller, instance, body);
  }
}
