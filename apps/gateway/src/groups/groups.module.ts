import { Module } from '@nestjs/common';
import { RenderedReads } from '#http';
import { SessionsModule } from '../sessions/index.js';
import { GroupJoined } from './group-joined.js';
import { GroupLeft } from './group-left.js';
import { GroupReads } from './group-reads.service.js';
import { GroupSettingsService } from './group-settings.service.js';
import { GroupSync } from './group-sync.service.js';
import { GroupsController } from './groups.controller.js';
import { GroupsService } from './groups.service.js';
import { InvitesController } from './invites.controller.js';
import { InvitesService } from './invites.service.js';
import { LiveGroups } from './live-groups.service.js';
import { PictureRemoved } from './picture-removed.js';
import { PicturesController } from './pictures.controller.js';
import { PicturesService } from './pictures.service.js';
import { SettingsApplied } from './settings-applied.js';

@Module({
  imports: [SessionsModule],
  controllers: [GroupsController, InvitesController, PicturesController],
  providers: [
    GroupJoined,
    GroupLeft,
    PictureRemoved,
    SettingsApplied,
    { provide: RenderedReads, useFactory: () => new RenderedReads() },
    GroupReads,
    GroupSettingsService,
    GroupSync,
    GroupsService,
    InvitesService,
    LiveGroups,
    PicturesService,
  ],
  exports: [
    GroupJoined,
    GroupLeft,
    SettingsApplied,
    RenderedReads,
    GroupSettingsService,
    GroupsService,
    InvitesService,
    LiveGroups,
  ],
})
export class GroupsModule {}
