import type { Account, AddressingMode, Group, JoinRequest, Outcome, Role } from '../world/index.js';
import { node, text, type StanzaNode } from '../wire/index.js';

/** How a group names a user: by LID or by phone number, with the other one beside it. */
export function addressOf(account: Account, mode: AddressingMode): string {
  return mode === 'lid' ? account.lidJid : account.phoneJid;
}

/** The phone JID that stands beside a LID, where it is told. */
export function phoneBeside(account: Account, mode: AddressingMode): string | undefined {
  return mode === 'lid' && account.showsNumber ? account.phoneJid : undefined;
}

/** As attributes of a `participant`. */
export function participantAttrs(account: Account, mode: AddressingMode): Record<string, string> {
  return mode === 'lid'
    ? { jid: account.lidJid, ...(account.showsNumber && { phone_number: account.phoneJid }) }
    : { jid: account.phoneJid, lid: account.lidJid };
}

export function participantNode(account: Account, mode: AddressingMode, role?: Role): StanzaNode {
  const attrs = participantAttrs(account, mode);
  if (role !== undefined && role !== 'member') attrs.type = role;
  return { tag: 'participant', attrs };
}

export function outcomeNode(outcome: Outcome, mode: AddressingMode, withOtherAddress: boolean): StanzaNode {
  const { input, account, code, invite } = outcome;
  const attrs = account === undefined ? { jid: input } : participantAttrs(account, mode);
  const shown = withOtherAddress ? attrs : { jid: attrs.jid };
  const addRequest = invite && [node('add_request', { code: invite.code, expiration: invite.expiresAt })];
  return node('participant', { ...shown, error: code === 200 ? undefined : code }, addRequest);
}

/** One who waits to be let in, and for whom another member asked, who did. */
export function joinRequestNode({ account, at, method, requestor }: JoinRequest, mode: AddressingMode): StanzaNode {
  return node('membership_approval_request', {
    ...participantAttrs(account, mode),
    request_time: at,
    request_method: method,
    requestor: requestor && addressOf(requestor, mode),
    requestor_pn: requestor && phoneBeside(requestor, mode),
  });
}

export interface GroupParts {
  participants: boolean;
  description: boolean;
}

const EVERYTHING: GroupParts = { participants: true, description: true };

/** `<group>` as a member sees it. `extra` goes among the participants: those who were declined. */
export function groupNode(group: Group, parts: GroupParts = EVERYTHING, extra: readonly StanzaNode[] = []): StanzaNode {
  const mode = group.addressingMode;
  const content: StanzaNode[] = [];
  if (parts.participants) {
    for (const [account, role] of group.members) content.push(participantNode(account, mode, role));
  }
  content.push(...extra);
  if (parts.description && group.description !== undefined) content.push(descriptionNode(group));
  if (group.announcement) content.push(node('announcement'));
  if (group.locked) content.push(node('locked'));
  if (group.ephemeralSeconds > 0) content.push(node('ephemeral', { expiration: group.ephemeralSeconds }));
  if (group.approval) content.push(approvalNode(group));
  content.push(memberAddModeNode(group));
  return node(
    'group',
    {
      id: group.id,
      subject: group.subject,
      s_t: group.subjectAt,
      s_o: addressOf(group.subjectBy, mode),
      s_o_pn: phoneBeside(group.subjectBy, mode),
      creation: group.createdAt,
      creator: addressOf(group.creator, mode),
      creator_pn: phoneBeside(group.creator, mode),
      addressing_mode: mode,
      size: group.members.size,
    },
    content,
  );
}

/** `<description>` as it is now; none is told as a deletion. */
export function descriptionNode(group: Group): StanzaNode {
  const { description, addressingMode } = group;
  if (description === undefined) return node('description', { delete: 'true' });
  const { id, at, by } = description;
  const author = {
    participant: addressOf(by, addressingMode),
    participant_pn: phoneBeside(by, addressingMode),
  };
  return node('description', { id, t: at, ...author }, [node('body', {}, text(description.text))]);
}

export function approvalNode(group: Group): StanzaNode {
  return node('membership_approval_mode', {}, [node('group_join', { state: group.approval ? 'on' : 'off' })]);
}

export function memberAddModeNode(group: Group): StanzaNode {
  return node('member_add_mode', {}, text(group.memberAddMode));
}
