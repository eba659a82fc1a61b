import { Flag } from '#http';
import type { GroupRecord } from '#store';
import type { SettingsPatch } from '../groups/index.js';

const MEMBERS_CAN_EDIT = { description: 'Members may change name, description and picture', example: true };
const MEMBERS_CAN_SEND = { description: 'Members may write', example: true };
const MEMBERS_CAN_ADD = { description: 'Members may add others', example: false };
const APPROVAL = { description: 'Whoever joins by invite waits for an admin', example: false };

/** How product B names the settings of a group. */
export class GroupSettingsView {
  @Flag(MEMBERS_CAN_EDIT)
  membersCanEditInfo: boolean;

  @Flag(MEMBERS_CAN_SEND)
  membersCanSendMessages: boolean;

  @Flag(MEMBERS_CAN_ADD)
  membersCanAddOthers: boolean;

  @Flag(APPROVAL)
  requireAdminApproval: boolean;
}

/** Those that are to change. */
export class GroupSettingsInput implements Partial<GroupSettingsView> {
  @Flag({ ...MEMBERS_CAN_EDIT, optional: true })
  membersCanEditInfo?: boolean;

  @Flag({ ...MEMBERS_CAN_SEND, optional: true })
  membersCanSendMessages?: boolean;

  @Flag({ ...MEMBERS_CAN_ADD, optional: true })
  membersCanAddOthers?: boolean;

  @Flag({ ...APPROVAL, optional: true })
  requireAdminApproval?: boolean;
}

type Settings = Pick<GroupRecord, 'isAnnounce' | 'isLocked' | 'joinApproval' | 'memberAddMode'>;

export function toSettingsView({ isAnnounce, isLocked, joinApproval, memberAddMode }: Settings): GroupSettingsView {
  return {
    membersCanEditInfo: !isLocked,
    membersCanSendMessages: !isAnnounce,
    membersCanAddOthers: memberAddMode === 'all_member_add',
    requireAdminApproval: joinApproval,
  };
}

/** `undefined`: stays as it is. */
export function toSettingsPatch(input: GroupSettingsInput): SettingsPatch {
  const { membersCanEditInfo, membersCanSendMessages, membersCanAddOthers, requireAdminApproval } = input;
  return {
    ...(membersCanSendMessages !== undefined && { announce: !membersCanSendMessages }),
    ...(membersCanEditInfo !== undefined && { locked: !membersCanEditInfo }),
    ...(requireAdminApproval !== undefined && { joinApproval: requireAdminApproval }),
    ...(membersCanAddOthers !== undefined && { memberAddMode: membersCanAddOthers ? 'all_member_add' : 'admin_add' }),
  };
}
