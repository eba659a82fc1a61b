import { Module } from '@nestjs/common';
import { GroupsModule } from '../groups/index.js';
import { SessionRegistry, SessionsModule } from '../sessions/index.js';
import { EndState } from './end-state.js';
import { JoinRequestsController } from './join-requests.controller.js';
import { JoinRequestsService } from './join-requests.service.js';
import { KnownPeople } from './known-people.js';
import { MemberDemoted, MemberPromoted, MemberRemoved, MembersAdded } from './member-outcomes.js';
import { MemberReads } from './member-reads.service.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { ParticipantBatches } from './participant-batches.js';
import { ParticipantsController } from './participants.controller.js';
import { ParticipantsDone, RequestsApproved, RequestsRejected } from './participants-outcomes.js';
import { ParticipantsService } from './participants.service.js';
import { PersonalInvites } from './personal-invites.js';
import { RequesterAddresses } from './requester-addresses.js';

@Module({
  imports: [SessionsModule, GroupsModule],
  controllers: [MembersController, ParticipantsController, JoinRequestsController],
  providers: [
    EndState,
    JoinRequestsService,
    KnownPeople,
    MemberReads,
    MembersService,
    MembersAdded,
    MemberRemoved,
    MemberPromoted,
    MemberDemoted,
    ParticipantsDone,
    ParticipantsService,
    PersonalInvites,
    RequesterAddresses,
    RequestsApproved,
    RequestsRejected,
    {
      provide: ParticipantBatches,
      inject: [SessionRegistry],
      useFactory: ({ closing }: SessionRegistry) => new ParticipantBatches(closing),
    },
  ],
  exports: [JoinRequestsService, ParticipantsDone, ParticipantsService],
})
export class MembersModule {}
