/** What other features may use of members. */
export { MembersModule } from './members.module.js';
export { JoinRequestsService } from './join-requests.service.js';
export {
  PARTICIPANT_REASONS,
  type ParticipantError,
  type ParticipantOutcome,
  type ParticipantReason,
  type ParticipantsOutcome,
  type ParticipantsRequest,
} from './participants.js';
export { ParticipantsDone } from './participants-outcomes.js';
export { ParticipantsService } from './participants.service.js';
