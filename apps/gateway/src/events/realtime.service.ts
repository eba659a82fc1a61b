import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Principal, StreamTickets } from '#auth';
import { ValidationError } from '#errors';
import { upgradeOf } from '#http';
import { EventLog, type EventFilter } from '#store';
import { SessionsService } from '../sessions/index.js';
import { EVENT_ID, EVENT_ID_EXPECTED, type RealtimeTicketDto, type StreamQuery } from './realtime.dto.js';
import { NOT_AN_UPGRADE } from './realtime.errors.js';
import type { StreamStart } from './streams/event-stream.js';
import { EventStreams } from './streams/event-streams.js';
import { SseChannel } from './streams/sse-channel.js';
import { WebSocketAcceptor } from './streams/web-socket-acceptor.js';

/** Streams of events, over WebSocket or as Server-Sent Events. Whatever speaks against one is said before it begins. */
@Injectable()
export class RealtimeService {
  constructor(
    private readonly tickets: StreamTickets,
    private readonly sessions: SessionsService,
    private readonly log: EventLog,
    private readonly streams: EventStreams,
    private readonly webSockets: WebSocketAcceptor,
  ) {}

  issueTicket(caller: Principal): Promise<RealtimeTicketDto> {
    return this.tickets.issue(caller);
  }

  /** Throws `NotFoundError` for a session that is not the caller's, `ConflictError` (`events_expired`). */
  async openWebSocket(caller: Principal, query: StreamQuery, request: Request, response: Response): Promise<void> {
    const upgrade = upgradeOf(request);
    if (!upgrade) throw ValidationError.of('Upgrade', NOT_AN_UPGRADE);
    const filter = await this.filterOf(caller, query);
    const start = await this.startOf(caller, query.since);
    this.streams.start(caller, filter, start, () => this.webSockets.accept(request, response, upgrade));
  }

  /** Throws as `openWebSocket`. */
  async openSse(caller: Principal, query: StreamQuery, request: Request, response: Response): Promise<void> {
    const since = lastEventId(request) ?? query.since;
    const filter = await this.filterOf(caller, query);
    const start = await this.startOf(caller, since);
    // It would have nothing in it, and no end.
    if (request.method === 'HEAD') return void response.end();
    // Nobody waits for it any more.
    if (response.destroyed) return;
    this.streams.start(caller, filter, start, () => new SseChannel(response));
  }

  private async filterOf(caller: Principal, { session, events }: StreamQuery): Promise<EventFilter> {
    if (session !== undefined) await this.sessions.get(caller, session);
    return { scope: caller.scope, sessionId: session, events };
  }

  private async startOf({ organizationId }: Principal, since: string | undefined): Promise<StreamStart> {
    if (since === undefined) return this.fromNow();
    return { position: await this.log.positionOf(organizationId, since), since };
  }

  private async fromNow(): Promise<StreamStart> {
    const before = await this.log.snapshot();
    return { position: before.position, before };
  }
}

/** What a client that comes back by itself has read; that is newer than its URL. */
function lastEventId({ headers }: Request): string | undefined {
  const id = headers['last-event-id'];
  if (id === undefined || id === '') return undefined;
  if (typeof id !== 'string' || !EVENT_ID.test(id)) throw ValidationError.of('Last-Event-ID', EVENT_ID_EXPECTED);
  return id;
}
