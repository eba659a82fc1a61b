import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/index.js';
import { GroupSettingsService } from './group-settings.service.js';
import { GroupSync } from './group-sync.service.js';
import { GroupsController } from './groups.controller.js';
import { GroupsService } from './groups.service.js';
import { InvitesService } from './invites.service.js';
import { LiveGroups } from './live-groups.service.js';

@Module({
  imports: [SessionsModule],
  controllers: [GroupsController],
  providers: [GroupSettingsService, GroupSync, GroupsService, InvitesService, LiveGroups],
  exports: [GroupsService, LiveGroups],
})
export class GroupsModule {}
