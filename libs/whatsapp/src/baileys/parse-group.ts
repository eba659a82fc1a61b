import type {
  AddressingMode,
  GroupSnapshot,
  InvitedGroup,
  MemberAddMode,
  Participant,
  ParticipantRole,
  UserRef,
} from '#whatsapp';
import { childOf, childrenOf, momentOf, numberOf, textOf, type BinaryNode } from './node.js';
import { userRef } from './user-ref.js';

const ROLES: Record<string, ParticipantRole> = { admin: 'admin', superadmin: 'superadmin' };

/** A `<group>` node, as answers and `create` notifications carry it. Participants with an error are no members. */
export function parseGroup(node: BinaryNode): GroupSnapshot {
  const description = childOf(node, 'description');
  const owner = userRef(node.attrs.creator, node.attrs.creator_pn);
  const createdAtWa = momentOf(node.attrs.creation);
  return {
    groupJid: groupJidOf(node.attrs.id ?? ''),
    addressingMode: addressingModeOf(node.attrs.addressing_mode) ?? 'pn',
    subject: node.attrs.subject ?? '',
    description: textOf(childOf(description, 'body')) ?? '',
    isAnnounce: childOf(node, 'announcement') !== undefined,
    isLocked: childOf(node, 'locked') !== undefined,
    joinApproval: isJoinApproval(childOf(node, 'membership_approval_mode')),
    memberAddMode: memberAddModeOf(childOf(node, 'member_add_mode')),
    ephemeralSeconds: numberOf(childOf(node, 'ephemeral')?.attrs.expiration) ?? 0,
    participants: parseParticipants(node),
    ...(description?.attrs.id !== undefined && { descriptionId: description.attrs.id }),
    ...(owner && { owner }),
    ...(createdAtWa !== undefined && { createdAtWa }),
  };
}

/** A `<group>` as an invite shows it. It names a few of its members at most, and how many there are in `size`. */
export function parseInvitedGroup(node: BinaryNode): InvitedGroup {
  const { participants, ...group } = parseGroup(node);
  return { ...group, participantCount: numberOf(node.attrs.size) ?? participants.length };
}

/** Group ids come bare in answers and as JIDs in notifications. */
export function groupJidOf(id: string): string {
  return id.includes('@') ? id : `${id}@g.us`;
}

export function addressingModeOf(value: string | undefined): AddressingMode | undefined {
  return value === 'lid' || value === 'pn' ? value : undefined;
}

export function isJoinApproval(node: BinaryNode | undefined): boolean {
  return node !== undefined && childOf(node, 'group_join')?.attrs.state !== 'off';
}

export function memberAddModeOf(node: BinaryNode | undefined): MemberAddMode {
  return textOf(node) === 'all_member_add' ? 'all_member_add' : 'admin_add';
}

export function parseParticipants(parent: BinaryNode): Participant[] {
  const participants: Participant[] = [];
  for (const { tag, attrs } of childrenOf(parent)) {
    if (tag !== 'participant' || attrs.error !== undefined) continue;
    const user = participantRef(attrs);
    if (user) participants.push({ ...user, role: ROLES[attrs.type ?? ''] ?? 'member' });
  }
  return participants;
}

/** By mode, `jid` is the LID and `phone_number` the phone JID, or `jid` the phone JID and `lid` the LID. */
export function participantRef(attrs: BinaryNode['attrs']): UserRef | undefined {
  return userRef(attrs.jid, attrs.phone_number, attrs.lid);
}
