import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Caller, type Principal, Requires, RequiresTicket } from '#auth';
import { invalid, Operation } from '#http';
import { RealtimeQuery, RealtimeTicketDto, StreamQuery } from './realtime.dto.js';
import { BAD_HANDSHAKE, BAD_LAST_EVENT_ID, BAD_TICKET, NOT_AN_UPGRADE, REFUSED_STREAM } from './realtime.errors.js';
import { RealtimeService } from './realtime.service.js';

const STREAM = `
Every event is in a log, and a stream reads that log: with \`since\`, first what was missed, then what is new, each event once and in
order, however often the connection breaks. An event that is no longer kept is 409 (\`events_expired\`): then the client reads the
state that it needs by the other routes, and follows without \`since\`. A key that is limited to some sessions gets the events of these.

A reader that leaves more than 1 MiB unread, or takes nothing for 30 seconds, is disconnected; so is one whose key is
revoked or whose token has ended, within a second. An organization may have 250 streams at once in each process.
`.trim();

const WEB_SOCKET = `
Each text message is one event. The gateway pings every 15 seconds; messages of the client are not looked at, and may have 1 KiB.

| code | reason | what to do |
|---|---|---|
| 1001 | \`going_away\`: the process stops | connect again, with \`since\` |
| 1009 | a message of the client was too long | |
| 1011 | \`internal\`: the fault is ours | connect again later, with \`since\` |
| 4401 | \`credential_ended\`: revoked, or expired | get a new one |
| 4408 | \`slow_reader\` | connect again, with \`since\`, and read faster |
| 4409 | \`events_expired\`: while they were replayed | read the state anew, connect without \`since\` |

A ticket is used up by the first request that holds it, also by one that is refused. Without an upgrade the answer is 400.
`.trim();

const SSE = `
The stream ends without a word where a WebSocket would be told why: the client comes back with \`Last-Event-ID\` and is then told
by the status. A comment comes every 15 seconds. The \`EventSource\` of browsers sends no credential: there, use a WebSocket, or read
the answer of \`fetch\`.
`.trim();

@ApiTags('Events')
@Controller('api/v1')
export class RealtimeController {
  constructor(private readonly realtime: RealtimeService) {}

  @Post('realtime/ticket')
  @Requires('events')
  @Operation({
    id: 'createRealtimeTicket',
    summary: 'A ticket for one WebSocket',
    description: 'For 30 seconds, and once, it stands for the credential of this request, which a URL must not hold.',
    success: 201,
    returns: RealtimeTicketDto,
  })
  ticket(@Caller() caller: Principal): Promise<RealtimeTicketDto> {
    return this.realtime.issueTicket(caller);
  }

  @Get('realtime')
  @RequiresTicket('events')
  @ApiHeader({ name: 'Upgrade', description: '`websocket`', required: true, schema: { type: 'string' } })
  @ApiHeader({ name: 'Sec-WebSocket-Key', description: 'As RFC 6455 says', required: true, schema: { type: 'string' } })
  @Operation({
    id: 'openRealtime',
    summary: 'Follow events over a WebSocket',
    description: `${STREAM}\n\n${WEB_SOCKET}`,
    success: 101,
    errors: [
      BAD_TICKET,
      invalid('Upgrade', NOT_AN_UPGRADE),
      invalid('Sec-WebSocket-Key', BAD_HANDSHAKE),
      ...REFUSED_STREAM,
    ],
  })
  webSocket(
    @Caller() caller: Principal,
    @Query() query: RealtimeQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.realtime.openWebSocket(caller, query, request, response);
  }

  @Get('events')
  @Requires('events')
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'As `since`, before which it comes',
    required: false,
    schema: { type: 'string' },
  })
  @Operation({
    id: 'followEvents',
    summary: 'Follow events as Server-Sent Events',
    description: `${STREAM}\n\n${SSE}`,
    alternatives: {
      'text/event-stream':
        'one event after the other: `id`, `event`, and as `data` the envelope: `SessionStatusEvent` or its like',
    },
    errors: [BAD_LAST_EVENT_ID, ...REFUSED_STREAM],
  })
  serverSentEvents(
    @Caller() caller: Principal,
    @Query() query: StreamQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.realtime.openSse(caller, query, request, response);
  }
}
