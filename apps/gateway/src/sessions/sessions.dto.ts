import { Choice, Count, Flag, Moment, Phone, Text } from '#http';
import type { SessionRecord, SessionStatus } from '#store';

export const SESSION_STATUSES = ['stopped', 'starting', 'scan_qr_code', 'working', 'failed', 'logged_out'] as const;

const LABEL = { description: 'A name for people; unique in the organization', maxLength: 100, example: 'Support desk' };
const PER_MINUTE = { description: 'Live actions allowed in a minute', min: 1, max: 10_000, example: 100 };
const PER_HOUR = { description: 'Live actions allowed in an hour', min: 1, max: 100_000, example: 1000 };
const WA_JID = { description: "The linked account's phone JID", example: '6281234567890@s.whatsapp.net' };
const WA_LID = { description: "The linked account's LID", example: '199789077627112@lid' };

export class CreateSessionDto {
  @Text({ ...LABEL, optional: true })
  label?: string;

  @Flag({ description: 'Start it at once; false unless given', optional: true, example: true })
  start?: boolean;
}

export class UpdateSessionDto {
  @Text({ ...LABEL, optional: true, nullable: true })
  label?: string | null;

  @Count({ ...PER_MINUTE, optional: true })
  ratePerMin?: number;

  @Count({ ...PER_HOUR, optional: true })
  ratePerHour?: number;
}

export class SessionDto {
  @Text({ description: 'ULID', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text({ description: 'The organization that owns it', example: 'default' })
  organizationId: string;

  @Text({ ...LABEL, optional: true })
  label?: string;

  @Choice(SESSION_STATUSES, { name: 'SessionStatus', description: '`working` means connected', example: 'starting' })
  status: SessionStatus;

  @Text({
    description:
      'Why it is in this state: `reconnecting`, `replaced`, `banned`, `bad_session`, `qr_expired` and others',
    optional: true,
    example: 'reconnecting',
  })
  statusReason?: string;

  @Moment({ description: 'When the next attempt to connect begins (epoch milliseconds)', optional: true })
  nextRetryAt?: number;

  @Phone({ description: "The linked account's phone number", optional: true })
  phoneNumber?: string;

  @Text({ ...WA_JID, optional: true })
  waJid?: string;

  @Text({ ...WA_LID, optional: true })
  waLid?: string;

  @Count(PER_MINUTE)
  ratePerMin: number;

  @Count(PER_HOUR)
  ratePerHour: number;

  @Text({
    description: 'The person or api-key that made it',
    optional: true,
    example: 'key_01JD4Z0S3M8Q1V7C5T9B2N6XKR',
  })
  createdBy?: string;

  @Moment({ description: 'When it was last connected (epoch milliseconds)', optional: true })
  lastConnectedAt?: number;

  @Moment({ description: 'Epoch milliseconds' })
  createdAt: number;

  @Moment({ description: 'Epoch milliseconds' })
  updatedAt: number;
}

export class AccountDto {
  @Text(WA_JID)
  waJid: string;

  @Text({ ...WA_LID, optional: true })
  waLid?: string;

  @Phone({ description: 'Digits' })
  phoneNumber: string;
}

export class QrQuery {
  @Count({ description: 'Seconds to wait for a code while there is none', max: 60, optional: true, example: 20 })
  wait?: number;

  @Moment({ description: '`expiresAt` of the code you have: only a newer one is answered', optional: true })
  after?: number;
}

export class LinkCodeDto {
  @Text({
    description: 'A secret: whoever has it can link a device to this session',
    example: '2@c3RhdGljIGV4YW1wbGU=',
  })
  code: string;

  @Moment({ description: 'Epoch milliseconds' })
  expiresAt: number;
}

export class PairingCodeRequestDto {
  @Phone({ description: 'The phone that will type the code: country code and number, digits only' })
  phone: string;
}

/** The public part of a stored session. */
export function toSessionDto(session: SessionRecord): SessionDto {
  const { desired, groupsSyncedAt, ...shown } = session;
  return shown;
}
