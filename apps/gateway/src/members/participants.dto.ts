import { ApiProperty } from '@nestjs/swagger';
import { Choice, Count, Flag, JidList, Moment, Text } from '#http';
import type { ParticipantAction } from '#whatsapp';
import { PARTICIPANT_REASONS, type ParticipantReason } from './participants.js';

const ACTIONS: readonly ParticipantAction[] = ['add', 'remove', 'promote', 'demote', 'approve', 'reject'];
const ACTION = { name: 'ParticipantAction', description: 'What to do with them', example: 'add' };
export const INVALID_ACTION = `Invalid action. Must be one of: ${ACTIONS.join(', ')}`;

export class ParticipantsDto {
  @JidList({ description: 'Users, each by phone JID, by LID, or by the digits of a phone number' })
  participants: string[];
}

export class ParticipantsActionDto extends ParticipantsDto {
  @Choice(ACTIONS, { ...ACTION, otherwise: INVALID_ACTION })
  action: ParticipantAction;

  @Flag({
    description: "With `add`: send WhatsApp's own invite to those whose privacy settings refuse",
    optional: true,
    example: false,
  })
  inviteFallback?: boolean;
}

export class ParticipantErrorDto {
  @Choice(PARTICIPANT_REASONS, {
    name: 'ParticipantReason',
    description: 'Why; `not_attempted`: the batch stopped before, `unknown`: `whatsappCode` as it came, or no answer',
    example: 'privacy_blocked',
  })
  reason: ParticipantReason;

  @Text({ description: 'The same for people', example: 'this user left the group a short while ago' })
  message: string;

  @Count({ description: "WhatsApp's own code, where it gave one", optional: true, example: 403 })
  whatsappCode?: number;

  @Text({
    description: 'An invite for just this user, which they can accept; not for anybody else',
    optional: true,
    example: 'AbCdEfGhIjKlMnOp',
  })
  inviteCode?: string;

  @Moment({ description: 'When that invite ends (epoch milliseconds)', optional: true })
  inviteExpiresAt?: number;
}

export class ParticipantOutcomeDto {
  @Text({ description: 'As it was sent', example: '6281234567890' })
  input: string;

  @Text({ description: 'The phone JID when it is known, else the LID', example: '6281234567890@s.whatsapp.net' })
  jid: string;

  @Text({ description: 'The LID, when it is known', optional: true, example: '199789077627112@lid' })
  lid?: string;

  @Flag({ description: 'Whether it was done', example: true })
  success: boolean;

  @Flag({ description: 'With `inviteFallback`: whether WhatsApp took the invite', optional: true, example: true })
  inviteSent?: boolean;

  @ApiProperty({ description: 'Why it was not done', type: ParticipantErrorDto, required: false })
  error?: ParticipantErrorDto;
}

export class ParticipantsOutcomeDto {
  @Text({ description: "The group's JID", example: '120363041234567890@g.us' })
  groupJid: string;

  @Choice(ACTIONS, ACTION)
  action: ParticipantAction;

  @Flag({ description: 'It was not done for some of them', example: true })
  partial: boolean;

  @ApiProperty({
    description: 'Everybody named, each once, in the order of the request',
    type: ParticipantOutcomeDto,
    isArray: true,
  })
  participants: ParticipantOutcomeDto[];
}
