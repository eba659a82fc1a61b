import type { GroupAnswer, GroupJidAnswer, GroupView, JoinAnswer } from './answers.dto.js';

/** What is answered right after an action, and when it has been found out later that it was done. */
export function joinAnswer(groupJid: string, requiresApproval: boolean): JoinAnswer {
  const message = requiresApproval ? 'Asked to join: an admin has to approve' : 'Joined the group';
  return { success: true, message, groupJid, requiresApproval };
}

export function leaveAnswer(groupJid: string): GroupJidAnswer {
  return { success: true, message: 'Left the group', groupJid };
}

export function updateAnswer(group: GroupView): GroupAnswer {
  return { success: true, message: 'Group updated', group };
}
