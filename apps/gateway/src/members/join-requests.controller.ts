import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, Requires, type Principal } from '#auth';
import { Idempotent, BAD_GROUP_JID, GroupJidParam, ListOf, Operation, SessionParam, type List } from '#http';
import { LIVE, NOT_A_USER, NOT_ADMIN, NOT_FOUND } from '../groups/index.js';
import { JoinRequestDto, toJoinRequestDto } from './join-requests.dto.js';
import { JoinRequestsService } from './join-requests.service.js';
import { APPROVAL_OFF, NO_PARTICIPANTS } from './members.errors.js';
import { ParticipantsDto, ParticipantsOutcomeDto } from './participants.dto.js';
import { SOME_APPROVED, SOME_REJECTED } from './participants.examples.js';
import { RequestsApproved, RequestsRejected } from './participants-outcomes.js';
import { ParticipantsService } from './participants.service.js';

@ApiTags('Members')
@Controller('api/v1/sessions/:session/groups/:gid')
export class JoinRequestsController {
  constructor(
    private readonly requests: JoinRequestsService,
    private readonly participants: ParticipantsService,
  ) {}

  @Get('join-requests')
  @Requires('read')
  @Operation({
    id: 'listJoinRequests',
    summary: 'List join requests',
    description: 'Those who wait for an admin to let them in, oldest first, in one page. WhatsApp is asked each time.',
    returns: ListOf(JoinRequestDto),
    errors: [BAD_GROUP_JID, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async list(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<List<JoinRequestDto>> {
    const requests = await this.requests.list(caller, session, gid);
    return { data: requests.map(toJoinRequestDto), nextCursor: '' };
  }

  @Post('join-requests\\:approve')
  @Requires('send')
  @Idempotent(RequestsApproved, { stanzaSeconds: 90 })
  @Operation({
    id: 'approveJoinRequests',
    summary: 'Approve join requests',
    description: 'Lets those named in, by LID or by phone number, and tells of each what became of it.',
    returns: ParticipantsOutcomeDto,
    example: SOME_APPROVED,
    errors: [BAD_GROUP_JID, NO_PARTICIPANTS, NOT_A_USER, NOT_ADMIN, ...NOT_FOUND, APPROVAL_OFF, ...LIVE],
  })
  async approve(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Body() { participants }: ParticipantsDto,
  ): Promise<ParticipantsOutcomeDto> {
    return this.participants.act(caller, session, gid, { action: 'approve', participants });
  }

  @Post('join-requests\\:reject')
  @Requires('send')
  @Idempotent(RequestsRejected, { stanzaSeconds: 90 })
  @Operation({
    id: 'rejectJoinRequests',
    summary: 'Reject join requests',
    description: 'Turns those named away, by LID or by phone number, and tells of each what became of it.',
    returns: ParticipantsOutcomeDto,
    example: SOME_REJECTED,
    errors: [BAD_GROUP_JID, NO_PARTICIPANTS, NOT_A_USER, NOT_ADMIN, ...NOT_FOUND, APPROVAL_OFF, ...LIVE],
  })
  async reject(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Body() { participants }: ParticipantsDto,
  ): Promise<ParticipantsOutcomeDto> {
    return this.participants.act(caller, session, gid, { action: 'reject', participants });
  }
}
