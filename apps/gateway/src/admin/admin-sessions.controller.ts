import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequiresRole } from '#auth';
import { BAD_PAGE, ListOf, Operation, PageQuery, type List } from '#http';
import { SessionDto, SessionsService, toSessionDto } from '../sessions/index.js';

@ApiTags('Administration')
@Controller('api/v1/admin/sessions')
export class AdminSessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @RequiresRole('super_admin')
  @Operation({
    id: 'listAllSessions',
    summary: 'List the sessions of every organization',
    returns: ListOf(SessionDto),
    errors: BAD_PAGE,
  })
  async list(@Query() page: PageQuery): Promise<List<SessionDto>> {
    const { data, nextCursor } = await this.sessions.listAll(page);
    return { data: data.map(toSessionDto), nextCursor };
  }
}
