import { ApiProperty } from '@nestjs/swagger';
import { Count, Flag, Nested, Phone, Text } from '#http';
import { GroupSettingsView } from './group-settings.dto.js';

const GROUP_JID = { description: "The group's JID", example: '120363406289005073@g.us' };
const USER_JID = '5511999999999@s.whatsapp.net';
const LID = '199789077627112@lid';
const CODE = { description: 'The code of the invite link', example: 'AbCdEfGhIjKlMnOpQrStUv' };
const LINK = { description: 'The invite link', example: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' };
const ADMINS_ONLY = ' Left out where the account is no admin of the group';

/** What every success of product B begins with. */
abstract class Answer {
  @Flag({ description: 'Always true in a success', example: true })
  success: true;

  @Text({ description: 'What was done, for people', example: 'Done' })
  message: string;
}

export class ParticipantResultView {
  @Text({ description: 'As it was named in the request, as a JID where it is one', example: USER_JID })
  jid: string;

  @Flag({ description: 'Whether it was done', example: true })
  success: boolean;

  @Text({ description: 'Why not', optional: true, example: 'this user is not on WhatsApp' })
  error?: string;
}

export class ParticipantsAnswer extends Answer {
  @Text(GROUP_JID)
  groupJid: string;

  @ApiProperty({ type: ParticipantResultView, isArray: true, description: 'One for each participant, in their order' })
  participants: ParticipantResultView[];
}

export class JoinRequestView {
  @Text({ description: 'Who asks to join: the LID when it is known, else the phone JID', example: LID })
  jid: string;

  @Phone({ description: 'The phone number, when it is known', optional: true })
  phoneNumber?: string;

  @Text({ description: 'ISO 8601, UTC', example: '2026-01-31T09:30:00.000Z' })
  requestedAt: string;
}

export class TotalView {
  @Count({ description: 'How many there are', example: 1 })
  total: number;
}

export class JoinRequestsAnswer extends Answer {
  @Text(GROUP_JID)
  groupJid: string;

  @ApiProperty({ type: JoinRequestView, isArray: true, description: 'Oldest first' })
  requests: JoinRequestView[];

  @Nested(() => TotalView, { description: 'Of the list' })
  meta: TotalView;
}

export class InviteAnswer extends Answer {
  @Text(GROUP_JID)
  groupJid: string;

  @Text(CODE)
  inviteCode: string;

  @Text(LINK)
  inviteLink: string;
}

export class JoinAnswer extends Answer {
  @Text(GROUP_JID)
  groupJid: string;

  @Flag({ description: 'An admin has to approve first: the account is not in the group yet', example: false })
  requiresApproval: boolean;
}

export class GroupJidAnswer extends Answer {
  @Text(GROUP_JID)
  groupJid: string;
}

export class ParticipantView {
  @Text({ description: 'The phone JID when it is known, else the LID', example: USER_JID })
  jid: string;

  @Text({ description: 'The LID, when it is known', optional: true, example: LID })
  lid?: string;

  @Flag({ description: 'May act on others', example: false })
  isAdmin: boolean;

  @Flag({ description: 'Made the group, or was given the same rights', example: false })
  isSuperAdmin: boolean;
}

export class GroupView {
  @Text({ description: 'The name of the group', minLength: 0, example: 'Harvest 2026' })
  name: string;

  @Text(GROUP_JID)
  jid: string;

  @Text({ description: 'Empty where there is none', minLength: 0, maxLength: 2048, example: 'Rota and news' })
  description: string;

  @Text({ ...CODE, description: `${CODE.description}.${ADMINS_ONLY}, and in lists`, optional: true })
  inviteCode?: string;

  @Text({ ...LINK, description: `${LINK.description}.${ADMINS_ONLY}, and in lists`, optional: true })
  inviteLink?: string;

  @Text({ description: 'Who made the group, when it is known', optional: true, example: USER_JID })
  createdBy?: string;

  @Count({ description: 'Members', example: 12 })
  participantCount: number;

  @ApiProperty({ type: ParticipantView, isArray: true, required: false, description: 'Only where they were asked for' })
  participants?: ParticipantView[];

  @Nested(() => GroupSettingsView, { description: 'How the group is run' })
  groupSettings: GroupSettingsView;
}

export class GroupAnswer extends Answer {
  @Nested(() => GroupView, { description: 'The group' })
  group: GroupView;
}

export class GroupsAnswer extends Answer {
  @ApiProperty({ type: GroupView, isArray: true, description: 'Every group that the account is in' })
  groups: GroupView[];

  @Nested(() => TotalView, { description: 'Of the list' })
  meta: TotalView;
}
