import { Choice, Flag, Moment, Phone, Text } from '#http';
import type { MemberRecord } from '#store';

export class MemberDto {
  @Text({ description: 'ULID', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text({ description: 'The session whose account sees this group', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  sessionId: string;

  @Text({ description: "The group's JID", example: '120363041234567890@g.us' })
  groupJid: string;

  @Text({ description: 'The phone JID when it is known, else the LID', example: '6281234567890@s.whatsapp.net' })
  jid: string;

  @Text({ description: 'The LID, when it is known', optional: true, example: '199789077627112@lid' })
  lid?: string;

  @Phone({ description: 'The phone number, when it is known', optional: true })
  phoneNumber?: string;

  @Choice(['member', 'admin'], {
    name: 'MemberRole',
    description: 'An admin may add and remove others',
    example: 'member',
  })
  role: MemberRecord['role'];

  @Flag({ description: 'Made the group, or was given the same rights', example: false })
  isSuperAdmin: boolean;

  @Text({ description: "The member's label in this group", optional: true })
  tag?: string;

  @Moment({ description: 'When this gateway first saw the member in the group (epoch milliseconds)' })
  firstSeenAt: number;

  @Moment({ description: 'When something about the member last changed (epoch milliseconds)' })
  lastSeenAt: number;
}
