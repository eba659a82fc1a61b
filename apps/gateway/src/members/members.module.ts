import { Module } from '@nestjs/common';
import { GroupsModule } from '../groups/index.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';

@Module({ imports: [GroupsModule], controllers: [MembersController], providers: [MembersService] })
export class MembersModule {}
