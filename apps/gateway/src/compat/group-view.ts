import type { GroupRecord, MemberRecord } from '#store';
import type { GroupSnapshot, Participant } from '#whatsapp';
import type { SettingsPatch } from '../groups/index.js';
import type { GroupView, ParticipantView } from './answers.dto.js';
import { toSettingsView } from './group-settings.dto.js';

type Described = Pick<
  GroupRecord,
  | 'groupJid'
  | 'subject'
  | 'description'
  | 'ownerJid'
  | 'participantCount'
  | 'isAnnounce'
  | 'isLocked'
  | 'joinApproval'
  | 'memberAddMode'
>;

/** A group as product B shows it. */
export function toGroupView(
  group: Described,
  more: Partial<Invitation> & { participants?: ParticipantView[] } = {},
): GroupView {
  return {
    name: group.subject ?? '',
    jid: group.groupJid,
    description: group.description ?? '',
    ...(more.inviteCode !== undefined && { inviteCode: more.inviteCode, inviteLink: more.inviteLink }),
    ...(group.ownerJid !== undefined && { createdBy: group.ownerJid }),
    participantCount: group.participantCount,
    ...(more.participants && { participants: more.participants }),
    groupSettings: toSettingsView(group),
  };
}

/** What WhatsApp tells of a group, as it is stored. */
export function describe({ owner, participants, ...group }: GroupSnapshot): Described {
  return { ...group, ownerJid: owner?.phoneJid ?? owner?.lid, participantCount: participants.length };
}

/** `group`, with what was just changed of it. */
export function changed(group: Described, patch: SettingsPatch): Described {
  return {
    ...group,
    subject: patch.subject ?? group.subject,
    description: patch.description ?? group.description,
    isAnnounce: patch.announce ?? group.isAnnounce,
    isLocked: patch.locked ?? group.isLocked,
    joinApproval: patch.joinApproval ?? group.joinApproval,
    memberAddMode: patch.memberAddMode ?? group.memberAddMode,
  };
}

export function toParticipantView(member: MemberRecord): ParticipantView {
  const { jid, lid, role, isSuperAdmin } = member;
  return { jid, ...(lid !== undefined && { lid }), isAdmin: role === 'admin', isSuperAdmin };
}

/** As `toParticipantView`, of what WhatsApp tells. */
export function participantViewOf({ phoneJid, lid, role }: Participant): ParticipantView {
  const named = { jid: phoneJid ?? lid ?? '', ...(lid !== undefined && { lid }) };
  return { ...named, isAdmin: role !== 'member', isSuperAdmin: role === 'superadmin' };
}

export interface Invitation {
  inviteCode: string;
  inviteLink: string;
}

export function invitationOf(link: string): Invitation {
  return { inviteCode: link.slice(link.lastIndexOf('/') + 1), inviteLink: link };
}
