import { Module } from '@nestjs/common';
import { GroupsModule } from '../groups/index.js';
import { MembersModule } from '../members/index.js';
import { SessionsModule } from '../sessions/index.js';
import { CompatGroups } from './compat-groups.service.js';
import { CompatParticipants } from './compat-participants.service.js';
import {
  InstanceGroupUpdated,
  InstanceJoinedGroup,
  InstanceLeftGroup,
  InstanceParticipantsDone,
} from './compat-outcomes.js';
import { CompatController } from './compat.controller.js';
import { Instances } from './instances.service.js';

/** Product B as its own clients call it. */
@Module({
  imports: [SessionsModule, GroupsModule, MembersModule],
  controllers: [CompatController],
  providers: [
    Instances,
    CompatGroups,
    CompatParticipants,
    InstanceGroupUpdated,
    InstanceJoinedGroup,
    InstanceLeftGroup,
    InstanceParticipantsDone,
  ],
})
export class CompatModule {}
