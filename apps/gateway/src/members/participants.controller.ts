import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, Requires, type Principal } from '#auth';
import { Idempotent, BAD_GROUP_IDENTIFIER, GroupIdentifierParam, Operation, SessionParam } from '#http';
import { LIVE, NOT_A_USER, NOT_ADMIN, NOT_FOUND } from '../groups/index.js';
import { APPROVAL_OFF, BAD_ACTION, BAD_GROUP_INVITE, NO_FALLBACK, NO_PARTICIPANTS } from './members.errors.js';
import { ParticipantsActionDto, ParticipantsOutcomeDto } from './participants.dto.js';
import { SOME_ADDED } from './participants.examples.js';
import { ParticipantsDone } from './participants-outcomes.js';
import { ParticipantsService } from './participants.service.js';

@ApiTags('Members')
@Controller('api/v1/sessions/:session/groups/:gid')
export class ParticipantsController {
  constructor(private readonly participants: ParticipantsService) {}

  @Post('participants')
  @Requires('send')
  @Idempotent(ParticipantsDone, { stanzaSeconds: 90 })
  @Operation({
    id: 'actOnParticipants',
    summary: 'Add, remove, promote, demote, approve or reject people',
    description:
      'One of six actions for up to 1,024 people, and for each of them what became of it: 200 also when it was done for some only, or ' +
      'for nobody. `gid` is the JID of the group, an invite code or an invite link. `approve` and `reject` need a group whose members ' +
      'are approved. More than fifty people are sent in paced chunks, one batch of a session at a time; a batch stops at the first ' +
      'rate limit, and reports the rest as `not_attempted`. WhatsApp restricts accounts that add many people whom they do not know.',
    returns: ParticipantsOutcomeDto,
    example: SOME_ADDED,
    errors: [
      BAD_GROUP_IDENTIFIER,
      BAD_GROUP_INVITE,
      BAD_ACTION,
      NO_PARTICIPANTS,
      NOT_A_USER,
      NO_FALLBACK,
      NOT_ADMIN,
      ...NOT_FOUND,
      APPROVAL_OFF,
      ...LIVE,
    ],
  })
  async act(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupIdentifierParam() gid: string,
    @Body() body: ParticipantsActionDto,
  ): Promise<ParticipantsOutcomeDto> {
    return this.participants.actOn(caller, session, gid, body);
  }
}
