/** What other features may use of groups. */
export { beforehand } from './beforehand.js';
export { distinctJids } from './groups.dto.js';
export { GroupJoined } from './group-joined.js';
export { GroupLeft } from './group-left.js';
export { GroupSettingsService, type SettingsPatch } from './group-settings.service.js';
export { LIVE, NOT_A_USER, NOT_ADMIN, NOT_CONNECTED, NOT_FOUND, NOT_LET_IN } from './groups.errors.js';
export { GroupsModule } from './groups.module.js';
export { GroupsService } from './groups.service.js';
export { InvitesService } from './invites.service.js';
export { LiveGroups, type LiveAccount, type LiveGroup } from './live-groups.service.js';
export { SettingsApplied } from './settings-applied.js';
export { PARTICIPANTS_FAILED, participantsFailed } from './participants-failed.js';
