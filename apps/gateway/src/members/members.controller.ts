import { Body, Controller, Delete, Get, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Caller, Requires, type Principal } from '#auth';
import {
  BAD_GROUP_JID,
  BAD_MEMBER_JID,
  BAD_PAGE,
  GroupJidParam,
  Idempotent,
  ListOf,
  MayRepresent,
  MemberJidParam,
  Operation,
  PageQuery,
  PrefersRepresentation,
  RenderedReads,
  SessionParam,
} from '#http';
import { LIVE, NOT_A_USER, NOT_ADMIN, NOT_FOUND, PARTICIPANTS_FAILED } from '../groups/index.js';
import { answerForOne, answerForSome } from './member-answer.js';
import { MemberDemoted, MemberPromoted, MemberRemoved, MembersAdded } from './member-outcomes.js';
import { MemberReads } from './member-reads.service.js';
import { MemberDto } from './members.dto.js';
import { NO_MEMBER, NO_PARTICIPANTS, NOT_ALLOWED, RESERVED } from './members.errors.js';
import { MembersService } from './members.service.js';
import { ParticipantsDto, ParticipantsOutcomeDto } from './participants.dto.js';
import { SOME_ADDED, oneDone } from './participants.examples.js';

@ApiTags('Members')
@Controller('api/v1/sessions/:session/groups/:gid')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly reads: MemberReads,
    private readonly rendered: RenderedReads,
  ) {}

  @Get('members')
  @Requires('read')
  @Operation({
    id: 'listGroupMembers',
    summary: "List a group's members",
    description: 'From stored data: needs no connection.',
    returns: ListOf(MemberDto),
    conditional: true,
    errors: [BAD_GROUP_JID, ...BAD_PAGE, ...NOT_FOUND],
  })
  async list(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Query() page: PageQuery,
    @Res() response: Response,
  ): Promise<void> {
    await this.rendered.answer(response, this.reads.list(caller, session, gid, page));
  }

  @Post('members')
  @Requires('send')
  @Idempotent(MembersAdded)
  @Operation({
    id: 'addGroupMembers',
    summary: 'Add members to a group',
    description:
      'WhatsApp may decline some of them (privacy, no such number) without failing the call: `X-Participants-Failed` says how many. ' +
      'Adding somebody who is a member already changes nothing.',
    success: 204,
    headers: PARTICIPANTS_FAILED,
    errors: [BAD_GROUP_JID, NO_PARTICIPANTS, NOT_A_USER, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  @MayRepresent(ParticipantsOutcomeDto, SOME_ADDED)
  async add(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Body() { participants }: ParticipantsDto,
    @PrefersRepresentation() asked: boolean,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ParticipantsOutcomeDto | undefined> {
    return answerForSome(response, asked, await this.members.act(caller, session, gid, 'add', participants));
  }

  @Delete('members/:jid')
  @Requires('send')
  @Idempotent(MemberRemoved)
  @Operation({
    id: 'removeGroupMember',
    summary: 'Remove a member from a group',
    description: 'Also a success when there is no such member.',
    success: 204,
    errors: [BAD_GROUP_JID, BAD_MEMBER_JID, NOT_ADMIN, NOT_ALLOWED, ...NOT_FOUND, ...LIVE],
  })
  @MayRepresent(ParticipantsOutcomeDto, oneDone('remove'))
  async remove(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @MemberJidParam() jid: string,
    @PrefersRepresentation() asked: boolean,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ParticipantsOutcomeDto | undefined> {
    return answerForOne(response, asked, await this.members.act(caller, session, gid, 'remove', [jid]));
  }

  @Post('members/:jid/promote')
  @Requires('send')
  @Idempotent(MemberPromoted)
  @Operation({
    id: 'promoteGroupMember',
    summary: 'Make a member an admin',
    description: 'Promoting an admin changes nothing.',
    success: 204,
    errors: [BAD_GROUP_JID, BAD_MEMBER_JID, NOT_ADMIN, NOT_ALLOWED, ...NOT_FOUND, NO_MEMBER, ...LIVE],
  })
  @MayRepresent(ParticipantsOutcomeDto, oneDone('promote'))
  async promote(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @MemberJidParam() jid: string,
    @PrefersRepresentation() asked: boolean,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ParticipantsOutcomeDto | undefined> {
    return answerForOne(response, asked, await this.members.changeRole(caller, session, gid, 'promote', jid));
  }

  @Post('members/:jid/demote')
  @Requires('send')
  @Idempotent(MemberDemoted)
  @Operation({
    id: 'demoteGroupMember',
    summary: 'Make an admin a plain member',
    description: 'Demoting a plain member changes nothing.',
    success: 204,
    errors: [BAD_GROUP_JID, BAD_MEMBER_JID, NOT_ADMIN, NOT_ALLOWED, ...NOT_FOUND, NO_MEMBER, ...LIVE],
  })
  @MayRepresent(ParticipantsOutcomeDto, oneDone('demote'))
  async demote(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @MemberJidParam() jid: string,
    @PrefersRepresentation() asked: boolean,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ParticipantsOutcomeDto | undefined> {
    return answerForOne(response, asked, await this.members.changeRole(caller, session, gid, 'demote', jid));
  }

  /** Takes no parameter on purpose: nothing about the request matters. */
  @Post('members\\:approve')
  @Requires('send')
  @ApiParam({ name: 'gid', type: String })
  @ApiParam({ name: 'session', type: String })
  @ApiBody({ type: ParticipantsDto, required: false })
  @Operation({
    id: 'approveGroupMembers',
    summary: 'Approve pending join requests (not implemented in v2)',
    description: 'Reserved: always 501, whatever is sent.',
    success: 'never',
    errors: [RESERVED],
  })
  approve(): never {
    return this.members.approve();
  }
}
