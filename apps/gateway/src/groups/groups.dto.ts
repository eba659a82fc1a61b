import { Choice, Count, Flag, JidList, Moment, Text } from '#http';
import type { GroupRecord } from '#store';
import {
  parseUserJid,
  type AddressingMode,
  type GroupSnapshot,
  type InvitedGroup,
  type JoinOutcome,
  type MemberAddMode,
} from '#whatsapp';

export const GROUP_JID = { description: "The group's JID", example: '120363041234567890@g.us' };
/**
 * WhatsApp does not say what it counts. Characters, emoji as one, are the most that it may mean by its 100 and 2,048: what
 * is longer is refused here, and what it refuses by another count is refused in its name.
 */
const SUBJECT = { description: 'The name of the group', maxLength: 100, example: 'Harvest 2026' };
const DESCRIPTION = { description: 'What the group is about', minLength: 0, maxLength: 2048, example: 'Rota and news' };
const OWNER = { description: 'Who made the group', example: '6281234567890@s.whatsapp.net' };
const ANNOUNCE = { description: 'Only admins may write', example: false };
const LOCKED = { description: 'Only admins may change subject, description and picture', example: false };
const APPROVAL = { description: 'Whoever joins by invite waits for an admin', example: false };
const ADD_MODES: readonly MemberAddMode[] = ['admin_add', 'all_member_add'];
const ADD_MODE = { name: 'MemberAddMode', description: 'Who may add members', example: 'admin_add' };
const EPHEMERAL = { description: 'Seconds until a message disappears; 0: never', example: 86_400 };
/** Ten years: more than any client offers, and far from what the wire cannot carry. */
const LONGEST_EPHEMERAL = 315_360_000;

export class GroupDto {
  @Text({ description: 'ULID', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text(GROUP_JID)
  groupJid: string;

  @Text({ ...SUBJECT, optional: true })
  subject?: string;

  @Text({ ...DESCRIPTION, optional: true })
  description?: string;

  @Text({ ...OWNER, optional: true })
  ownerJid?: string;

  @Flag(ANNOUNCE)
  isAnnounce: boolean;

  @Flag(LOCKED)
  isLocked: boolean;

  @Flag(APPROVAL)
  joinApproval: boolean;

  @Choice(ADD_MODES, ADD_MODE)
  memberAddMode: MemberAddMode;

  @Count({ ...EPHEMERAL, optional: true })
  ephemeralSeconds?: number;

  @Choice(['pn', 'lid'], {
    name: 'AddressingMode',
    description: 'Whether WhatsApp names the members by phone JID or by LID',
    example: 'lid',
  })
  addressingMode: AddressingMode;

  @Count({ description: 'Members', example: 12 })
  participantCount: number;

  @Choice(['member', 'admin', 'superadmin', 'left'], {
    name: 'MyRole',
    description: "The linked account's role; `left`: what is shown is what was stored before",
    example: 'admin',
  })
  myRole: GroupRecord['myRole'];

  @Moment({ description: 'When the group was made (epoch milliseconds)', optional: true })
  createdAtWa?: number;

  @Moment({ description: 'When this gateway first stored it (epoch milliseconds)' })
  firstSeenAt: number;

  @Moment({ description: 'When something about it last changed (epoch milliseconds)' })
  updatedAt: number;
}

export class GroupInfoDto {
  @Text(GROUP_JID)
  groupJid: string;

  @Text({ ...SUBJECT, optional: true })
  subject?: string;

  @Text({ ...DESCRIPTION, optional: true })
  description?: string;

  @Text({ ...OWNER, optional: true })
  ownerJid?: string;

  @Flag(ANNOUNCE)
  isAnnounce: boolean;

  @Flag(LOCKED)
  isLocked: boolean;

  @Count({ description: 'How many participants it has', example: 3 })
  participants: number;
}

/** A group as who is not in it may see it. */
export class InvitedGroupDto extends GroupInfoDto {
  @Flag(APPROVAL)
  joinApproval: boolean;
}

export class CreateGroupDto {
  @Text({ ...SUBJECT, description: 'The name of the new group' })
  name: string;

  @JidList({ description: 'Whom to put into it, beside the account itself', minItems: 0 })
  participants: string[];
}

export class UpdateGroupDto {
  @Text({ ...SUBJECT, optional: true })
  subject?: string;

  @Text({ ...DESCRIPTION, description: 'What the group is about; empty text removes it', optional: true })
  description?: string;

  @Flag({ ...ANNOUNCE, optional: true })
  announce?: boolean;

  @Flag({ ...LOCKED, optional: true })
  locked?: boolean;

  @Flag({ ...APPROVAL, optional: true })
  joinApproval?: boolean;

  @Choice(ADD_MODES, { ...ADD_MODE, optional: true })
  memberAddMode?: MemberAddMode;

  @Count({ ...EPHEMERAL, max: LONGEST_EPHEMERAL, optional: true })
  ephemeralSeconds?: number;
}

export class InviteDto {
  @Text({ description: 'The invite link', example: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' })
  invite: string;
}

export class PictureDto {
  @Text({
    description: 'Where the picture can be fetched from, for a while',
    example: 'https://pps.whatsapp.net/v/t61.24694-24/example.jpg',
  })
  url: string;
}

export class JoinGroupDto {
  @Text({
    description: 'An invite: the code, or the link that ends in it',
    maxLength: 512,
    example: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv',
  })
  invite: string;
}

export class JoinedGroupDto {
  @Text(GROUP_JID)
  groupJid: string;

  @Choice(['pending_approval'], {
    description: 'Set when an admin of the group has to approve first; the account is not in the group yet',
    optional: true,
  })
  status?: 'pending_approval';
}

/** The public part of a stored group. */
export function toGroupDto(group: GroupRecord): GroupDto {
  const { descriptionId, version, ...shown } = group;
  return shown;
}

export function toGroupInfoDto(group: GroupSnapshot): GroupInfoDto {
  return infoOf(group, group.participants.length);
}

export function toInvitedGroupDto(group: InvitedGroup): InvitedGroupDto {
  return { ...infoOf(group, group.participantCount), joinApproval: group.joinApproval };
}

function infoOf(group: Omit<GroupSnapshot, 'participants'>, participants: number): GroupInfoDto {
  return {
    groupJid: group.groupJid,
    subject: group.subject,
    ...(group.description !== '' && { description: group.description }),
    ...(group.owner && { ownerJid: group.owner.phoneJid ?? group.owner.lid }),
    isAnnounce: group.isAnnounce,
    isLocked: group.isLocked,
    participants,
  };
}

export function toJoinedGroupDto({ status, groupJid }: JoinOutcome): JoinedGroupDto {
  return status === 'joined' ? { groupJid } : { groupJid, status };
}

/** The users named, each once, by normalized JID. The list was validated before. */
export function distinctJids(participants: readonly string[]): string[] {
  return [...new Set(participants.map((item) => parseUserJid(item)?.jid ?? item))];
}
