import { Module } from '@nestjs/common';
import { AuthModule } from '#auth';
import { SessionsModule } from '../sessions/index.js';
import { RealtimeController } from './realtime.controller.js';
import { RealtimeService } from './realtime.service.js';
import { EventHousekeeping } from './retention/event-housekeeping.js';
import { EventStreams } from './streams/event-streams.js';
import { LiveFeed } from './streams/live-feed.js';
import { WebSocketAcceptor } from './streams/web-socket-acceptor.js';

@Module({
  imports: [AuthModule, SessionsModule],
  controllers: [RealtimeController],
  providers: [EventHousekeeping, RealtimeService, EventStreams, LiveFeed, WebSocketAcceptor],
})
export class EventsModule {}
