import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/index.js';
import { AdminSessionsController } from './admin-sessions.controller.js';

/** For the operator of the platform: across organizations, people only. */
@Module({ imports: [SessionsModule], controllers: [AdminSessionsController] })
export class AdminModule {}
