import type { GroupChange, GroupNotification, GroupSettings, UserRef } from '#whatsapp';
import { childOf, childrenOf, momentOf, numberOf, textOf, type BinaryNode } from './node.js';
import {
  addressingModeOf,
  isJoinApproval,
  memberAddModeOf,
  parseGroup,
  parseParticipants,
  participantRef,
} from './parse-group.js';
import { isSameUser, userRef } from './user-ref.js';

/**
 * Everything that a `<notification type="w:gp2">` says: each of its children is a change, and Baileys' own events
 * tell of the first one only.
 */
export function parseGroupNotification(node: BinaryNode, now: number = Date.now()): GroupNotification {
  const { attrs } = node;
  const actor = userRef(attrs.participant, attrs.participant_pn, attrs.participant_lid);
  const addressingMode = addressingModeOf(attrs.addressing_mode);
  return {
    ...(attrs.id !== undefined && { id: attrs.id }),
    groupJid: attrs.from ?? '',
    at: momentOf(attrs.t) ?? now,
    changes: childrenOf(node).flatMap((child) => parseChange(child, actor)),
    ...(actor && { actor }),
    ...(addressingMode && { addressingMode }),
  };
}

function parseChange(node: BinaryNode, actor: UserRef | undefined): GroupChange[] {
  switch (node.tag) {
    case 'create':
      return created(node);
    case 'delete':
      return [{ type: 'deleted' }];
    case 'add':
      return [{ type: 'added', participants: parseParticipants(node) }];
    case 'remove':
      return removed(usersIn(node), actor);
    case 'leave':
      return [{ type: 'left', participants: usersIn(node) }];
    case 'promote':
      return [{ type: 'promoted', participants: usersIn(node) }];
    case 'demote':
      return [{ type: 'demoted', participants: usersIn(node) }];
    case 'modify':
      return renumbered(usersIn(node), actor);
    case 'created_membership_requests':
      return [joinRequested(node, actor)];
    case 'revoked_membership_requests':
      return [{ type: 'join_request_revoked', participants: affected(node, actor) }];
    case 'invite':
      return [{ type: 'invite_reset' }];
    case 'description':
      return [descriptionChange(node)];
    default:
      return [settingChange(node) ?? { type: 'unknown', tag: node.tag }];
  }
}

function created(node: BinaryNode): GroupChange[] {
  const group = childOf(node, 'group');
  return [group ? { type: 'created', group: parseGroup(group) } : { type: 'unknown', tag: node.tag }];
}

/** WhatsApp says `remove` for both; it is leaving when the one who did it is the one who is gone. */
function removed(users: UserRef[], actor: UserRef | undefined): GroupChange[] {
  const left = users.filter((user) => isSameUser(user, actor));
  const expelled = users.filter((user) => !isSameUser(user, actor));
  const changes: GroupChange[] = [];
  if (left.length > 0) changes.push({ type: 'left', participants: left });
  if (expelled.length > 0) changes.push({ type: 'removed', participants: expelled });
  return changes;
}

/** "Sender changed to a new number": the notification's actor is the number that was, the child the number that is. */
function renumbered(current: UserRef[], actor: UserRef | undefined): GroupChange[] {
  const [to, ...more] = current;
  if (!actor || !to || more.length > 0) return [{ type: 'unknown', tag: 'modify' }];
  return [{ type: 'renumbered', from: actor, to }];
}

function joinRequested(node: BinaryNode, actor: UserRef | undefined): GroupChange {
  const method = node.attrs.request_method;
  return { type: 'join_requested', participants: affected(node, actor), ...(method !== undefined && { method }) };
}

function descriptionChange(node: BinaryNode): GroupChange {
  const description = node.attrs.delete === undefined ? (textOf(childOf(node, 'body')) ?? '') : '';
  const id = node.attrs.id;
  return { type: 'settings', settings: { description }, ...(id !== undefined && { descriptionId: id }) };
}

function settingChange(node: BinaryNode): GroupChange | undefined {
  const settings = settingOf(node);
  return settings && { type: 'settings', settings };
}

function settingOf(node: BinaryNode): Partial<GroupSettings> | undefined {
  switch (node.tag) {
    case 'subject':
      return node.attrs.subject === undefined ? undefined : { subject: node.attrs.subject };
    case 'announcement':
      return { isAnnounce: true };
    case 'not_announcement':
      return { isAnnounce: false };
    case 'locked':
      return { isLocked: true };
    case 'unlocked':
      return { isLocked: false };
    case 'ephemeral':
      return { ephemeralSeconds: numberOf(node.attrs.expiration) ?? 0 };
    case 'not_ephemeral':
      return { ephemeralSeconds: 0 };
    case 'member_add_mode':
      return { memberAddMode: memberAddModeOf(node) };
    case 'membership_approval_mode':
      return { joinApproval: isJoinApproval(node) };
    default:
      return undefined;
  }
}

function usersIn(node: BinaryNode): UserRef[] {
  return childrenOf(node).flatMap((child) => participantRef(child.attrs) ?? []);
}

/** Those whom a join request is about: named in the stanza, else the one who made it. */
function affected(node: BinaryNode, actor: UserRef | undefined): UserRef[] {
  const named = usersIn(node);
  return named.length > 0 || !actor ? named : [actor];
}
