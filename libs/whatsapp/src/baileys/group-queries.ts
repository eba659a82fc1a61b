import { generateMessageIDV2 } from '@whiskeysockets/baileys';
import {
  WhatsAppRefusedError,
  type GroupSettingChange,
  type GroupSnapshot,
  type InvitedGroup,
  type JoinOutcome,
  type MemberAction,
  type ParticipantResult,
} from '#whatsapp';
import { ANY_GROUP, get, participantNodes, set } from './group-iq.js';
import { childOf, childrenOf, element, numberOf, type BinaryNode } from './node.js';
import { groupJidOf, parseGroup, parseInvitedGroup } from './parse-group.js';
import { parseResults } from './parse-results.js';
import { known, type Query } from './query.js';

export function allGroups(): Query<BinaryNode[]> {
  const content = [element('participants'), element('description')];
  return {
    ...get(ANY_GROUP, element('participating', {}, content)),
    expect: ['groups'],
    read: (groups) => childrenOf(groups, 'group'),
  };
}

export function oneGroup(groupJid: string): Query<GroupSnapshot> {
  return { ...get(groupJid, element('query', { request: 'interactive' })), expect: ['group'], read: parseGroup };
}

export function groupCreation(
  subject: string,
  participants: readonly string[],
): Query<{ group: GroupSnapshot; results: ParticipantResult[] }> {
  return {
    ...set(ANY_GROUP, element('create', { subject, key: generateMessageIDV2() }, participantNodes(participants))),
    expect: ['group'],
    read: (node) => {
      const group = parseGroup(node);
      return { group, results: parseResults(node, participants, group.owner) };
    },
  };
}

export function memberAction(
  groupJid: string,
  action: MemberAction,
  participants: readonly string[],
): Query<ParticipantResult[]> {
  return {
    ...set(groupJid, element(action, {}, participantNodes(participants))),
    expect: [action],
    read: (answer) => parseResults(known(answer, childrenOf(answer, 'participant').length > 0), participants),
  };
}

/** `read` gives the id of the new description, for a description. */
export function settingUpdate(
  groupJid: string,
  change: GroupSettingChange,
  previousDescriptionId?: string,
): Query<{ descriptionId?: string }> {
  const content = settingElement(change, previousDescriptionId);
  const { id } = content.attrs;
  return { ...set(groupJid, content), expect: [], read: () => (id === undefined ? {} : { descriptionId: id }) };
}

export function inviteCode(groupJid: string): Query<string> {
  return { ...get(groupJid, element('invite')), expect: ['invite'], read: codeOf };
}

export function inviteReset(groupJid: string): Query<string> {
  return { ...set(groupJid, element('invite')), expect: ['invite'], read: codeOf };
}

export function leaving(groupJid: string): Query<void> {
  return {
    ...set(ANY_GROUP, element('leave', {}, [element('group', { id: groupJid })])),
    expect: ['leave'],
    read: (answer) => {
      const group = childOf(answer, 'group');
      // The query as a whole succeeds even where the one group in it was refused.
      const error = group?.attrs.error;
      if (error !== undefined) throw new WhatsAppRefusedError(numberOf(error) ?? 500, 'leaving the group was refused');
      known(answer, group !== undefined);
    },
  };
}

export function joining(code: string): Query<JoinOutcome> {
  return {
    ...set(ANY_GROUP, element('invite', { code })),
    expect: ['group', 'membership_approval_request'],
    read: (answer) => ({
      status: answer.tag === 'group' ? 'joined' : 'pending_approval',
      groupJid: groupJidOf(known(answer, answer.attrs.jid !== undefined).attrs.jid ?? ''),
    }),
  };
}

export function invitePreview(code: string): Query<InvitedGroup> {
  return {
    ...get(ANY_GROUP, element('invite', { code })),
    expect: ['group'],
    read: (answer) => parseInvitedGroup(known(answer, answer.attrs.id !== undefined)),
  };
}

function settingElement(change: GroupSettingChange, previousDescriptionId: string | undefined): BinaryNode {
  switch (change.setting) {
    case 'subject':
      return element('subject', {}, Buffer.from(change.value, 'utf8'));
    case 'description':
      return descriptionElement(change.value, previousDescriptionId);
    case 'isAnnounce':
      return element(change.value ? 'announcement' : 'not_announcement');
    case 'isLocked':
      return element(change.value ? 'locked' : 'unlocked');
    case 'joinApproval':
      return element('membership_approval_mode', {}, [element('group_join', { state: change.value ? 'on' : 'off' })]);
    case 'memberAddMode':
      return element('member_add_mode', {}, change.value);
    case 'ephemeralSeconds':
      return change.value > 0 ? element('ephemeral', { expiration: String(change.value) }) : element('not_ephemeral');
  }
}

function descriptionElement(text: string, previousId: string | undefined): BinaryNode {
  const prev: Record<string, string> = previousId === undefined ? {} : { prev: previousId };
  if (text === '') return element('description', { delete: 'true', ...prev });
  const body = element('body', {}, Buffer.from(text, 'utf8'));
  return element('description', { id: generateMessageIDV2(), ...prev }, [body]);
}

function codeOf(invite: BinaryNode): string {
  return known(invite, invite.attrs.code !== undefined).attrs.code ?? '';
}
