/** What other features may use of groups. */
export { distinctJids } from './groups.dto.js';
export { LIVE, NOT_A_USER, NOT_ADMIN, NOT_FOUND } from './groups.errors.js';
export { GroupsModule } from './groups.module.js';
export { GroupsService } from './groups.service.js';
export { LiveGroups, type LiveAccount, type LiveGroup } from './live-groups.service.js';
export { PARTICIPANTS_FAILED, participantsFailed } from './participants-failed.js';
export { commonRefusal } from './refusal.js';
