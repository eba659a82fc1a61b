import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, Requires, type Principal } from '#auth';
import { Operation, SessionParam } from '#http';
import { InvitedGroupDto, toInvitedGroupDto } from './groups.dto.js';
import { BAD_CODE, LIVE, NOT_LET_IN } from './groups.errors.js';
import { InvitesService } from './invites.service.js';

@ApiTags('Groups')
@Controller('api/v1/sessions/:session/invites')
export class InvitesController {
  constructor(private readonly invites: InvitesService) {}

  @Get(':code')
  @Requires('read')
  @Operation({
    id: 'previewInvite',
    summary: 'What an invite leads to',
    description: 'Without joining. Takes the code, or the whole link percent-encoded.',
    returns: InvitedGroupDto,
    errors: [...BAD_CODE, NOT_LET_IN, 'not_found', ...LIVE],
  })
  async preview(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Param('code') code: string,
  ): Promise<InvitedGroupDto> {
    return toInvitedGroupDto(await this.invites.preview(caller, session, code));
  }
}
