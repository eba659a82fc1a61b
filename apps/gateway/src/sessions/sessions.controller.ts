import { Body, Controller, Delete, Get, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, Requires, type Principal } from '#auth';
import { BAD_PAGE, ListOf, Operation, PageQuery, SessionParam, type List } from '#http';
import type { AccountIdentity } from '#whatsapp';
import { LinkingService } from './linking.service.js';
import { QrPicture } from './qr-picture.interceptor.js';
import {
  AccountDto,
  CreateSessionDto,
  LinkCodeDto,
  PairingCodeRequestDto,
  QrQuery,
  SessionDto,
  UpdateSessionDto,
  toSessionDto,
} from './sessions.dto.js';
import {
  ALREADY_PAIRED,
  BAD_LABEL,
  BAD_PHONE,
  BAD_RATE,
  BAD_WAIT,
  KEY_RESTRICTED,
  LABEL_TAKEN,
  NO_CODE,
  NOT_PAIRED,
  SESSION_NOT_FOUND,
  SHUTTING_DOWN,
  TOO_MANY_CODES,
} from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('Sessions')
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly linking: LinkingService,
  ) {}

  @Get()
  @Requires('read', 'manage')
  @Operation({
    id: 'listSessions',
    summary: 'List sessions',
    returns: ListOf(SessionDto),
    errors: BAD_PAGE,
  })
  async list(@Caller() caller: Principal, @Query() page: PageQuery): Promise<List<SessionDto>> {
    const { data, nextCursor } = await this.sessions.list(caller, page);
    return { data: data.map(toSessionDto), nextCursor };
  }

  @Post()
  @Requires('manage')
  @Operation({
    id: 'createSession',
    summary: 'Make a session',
    description: 'A session is one WhatsApp account that is linked, or will be. Start it, then link it by QR or code.',
    success: 201,
    returns: SessionDto,
    errors: [BAD_LABEL, KEY_RESTRICTED, LABEL_TAKEN],
  })
  async create(@Caller() caller: Principal, @Body() body: CreateSessionDto): Promise<SessionDto> {
    return toSessionDto(await this.sessions.create(caller, body));
  }

  @Get(':session')
  @Requires('read', 'manage')
  @Operation({ id: 'getSession', summary: 'One session', returns: SessionDto, errors: [SESSION_NOT_FOUND] })
  async get(@Caller() caller: Principal, @SessionParam() session: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.get(caller, session));
  }

  @Patch(':session')
  @Requires('manage')
  @Operation({
    id: 'updateSession',
    summary: 'Change the label or the rates',
    returns: SessionDto,
    errors: [BAD_LABEL, BAD_RATE, SESSION_NOT_FOUND, LABEL_TAKEN],
  })
  async update(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Body() body: UpdateSessionDto,
  ): Promise<SessionDto> {
    return toSessionDto(await this.sessions.update(caller, session, body));
  }

  @Delete(':session')
  @Requires('manage')
  @Operation({
    id: 'deleteSession',
    summary: 'Delete a session',
    description: 'Unlinks the device where WhatsApp can be reached, then removes credentials and all that is stored.',
    success: 204,
    errors: [SESSION_NOT_FOUND],
  })
  async delete(@Caller() caller: Principal, @SessionParam() session: string): Promise<void> {
    await this.sessions.delete(caller, session);
  }

  @Get(':session/me')
  @Requires('read', 'manage')
  @Operation({
    id: 'getSessionAccount',
    summary: 'The linked account',
    returns: AccountDto,
    errors: [SESSION_NOT_FOUND, NOT_PAIRED],
  })
  me(@Caller() caller: Principal, @SessionParam() session: string): Promise<AccountIdentity> {
    return this.sessions.me(caller, session);
  }

  @Get(':session/qr')
  @Requires('manage')
  @UseInterceptors(QrPicture)
  @Operation({
    id: 'getSessionQr',
    summary: 'The QR code to scan',
    description:
      'JSON, or a picture with `Accept: image/png`. Starts nothing. With `wait` the answer comes as soon as there is a code; ' +
      'with `after` as well, as soon as there is a newer one.',
    returns: LinkCodeDto,
    alternatives: { 'image/png': 'the code as a picture' },
    errors: [BAD_WAIT, SESSION_NOT_FOUND, ...NO_CODE, ALREADY_PAIRED, SHUTTING_DOWN],
  })
  qr(@Caller() caller: Principal, @SessionParam() session: string, @Query() query: QrQuery): Promise<LinkCodeDto> {
    return this.linking.qr(caller, session, query);
  }

  @Post(':session/pairing-code')
  @Requires('manage')
  @Operation({
    id: 'requestPairingCode',
    summary: 'A code to type on the phone',
    description: 'The other way to link. Starts a stopped session.',
    returns: LinkCodeDto,
    errors: [
      ...BAD_PHONE,
      SESSION_NOT_FOUND,
      ...NO_CODE,
      ALREADY_PAIRED,
      TOO_MANY_CODES,
      'not_implemented',
      SHUTTING_DOWN,
      'upstream_timeout',
    ],
  })
  pairingCode(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @Body() body: PairingCodeRequestDto,
  ): Promise<LinkCodeDto> {
    return this.linking.pairingCode(caller, session, body.phone);
  }

  @Post(':session\\:start')
  @Requires('manage')
  @Operation({
    id: 'startSession',
    summary: 'Start',
    description: 'Answers at once; `status` tells how far it is. Starting a running session changes nothing.',
    returns: SessionDto,
    errors: [SESSION_NOT_FOUND],
  })
  async start(@Caller() caller: Principal, @SessionParam() session: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.start(caller, session));
  }

  @Post(':session\\:stop')
  @Requires('manage')
  @Operation({
    id: 'stopSession',
    summary: 'Stop',
    description: 'Closes the connection and keeps the pairing. It stays stopped over restarts of the gateway.',
    returns: SessionDto,
    errors: [SESSION_NOT_FOUND],
  })
  async stop(@Caller() caller: Principal, @SessionParam() session: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.stop(caller, session));
  }

  @Post(':session\\:restart')
  @Requires('manage')
  @Operation({
    id: 'restartSession',
    summary: 'Stop and start',
    returns: SessionDto,
    errors: [SESSION_NOT_FOUND],
  })
  async restart(@Caller() caller: Principal, @SessionParam() session: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.restart(caller, session));
  }

  @Post(':session\\:logout')
  @Requires('manage')
  @Operation({
    id: 'logoutSession',
    summary: 'Unlink the device',
    description: 'Removes the pairing and keeps the session with its stored groups. It can be linked again.',
    returns: SessionDto,
    errors: [SESSION_NOT_FOUND],
  })
  async logout(@Caller() caller: Principal, @SessionParam() session: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.logout(caller, session));
  }
}
