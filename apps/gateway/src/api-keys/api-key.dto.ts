import { CAPABILITIES, type Capability, isCidr } from '#auth';
import { Choices, Moment, Text, TextList } from '#http';

const CIDR_EXPECTED = 'must be a CIDR such as 203.0.113.0/24';

export class CreateApiKeyDto {
  @Text({ description: 'What the key is for', example: 'nightly sync', maxLength: 100 })
  name: string;

  @Choices(CAPABILITIES, {
    description: 'What the key may do; never more than its creator',
    name: 'Capability',
    example: ['read', 'send'],
  })
  capabilities: Capability[];

  @Moment({ description: 'When the key ends; left out: when its creator does, or never', optional: true })
  expiresAt?: number;

  @TextList({
    description: 'The only sessions that exist for the key; left out: those of its creator',
    example: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'],
    optional: true,
  })
  sessionIds?: string[];

  @TextList({
    description: 'The only networks that the key is accepted from; left out: those of its creator',
    example: ['203.0.113.0/24'],
    check: (item) => (isCidr(item) ? undefined : CIDR_EXPECTED),
    optional: true,
  })
  allowedCidrs?: string[];
}

export class ApiKeyDto {
  @Text({ description: 'Id of the key', example: 'key_01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text({ description: 'Organization that the key belongs to', example: 'default' })
  organizationId: string;

  @Text({ description: 'What the key is for', example: 'nightly sync' })
  name: string;

  @Choices(CAPABILITIES, { description: 'What the key may do', name: 'Capability', example: ['read', 'send'] })
  capabilities: Capability[];

  @TextList({ description: 'The only sessions that exist for the key', example: [], optional: true })
  sessionIds?: string[];

  @TextList({ description: 'The only networks that the key is accepted from', example: [], optional: true })
  allowedCidrs?: string[];

  @Moment({ description: 'When the key ends', optional: true })
  expiresAt?: number;

  @Text({ description: 'Who made the key', optional: true })
  createdBy?: string;

  @Moment({ description: 'When the key was made' })
  createdAt: number;

  @Moment({ description: 'When the key was last used, to the minute', optional: true })
  lastUsedAt?: number;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @Text({
    description: 'The key itself: shown this once, stored nowhere',
    example: 'wa_01JD4Z0S3M8Q1V7C5T9B2N6XKR_s3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS',
  })
  secret: string;
}
