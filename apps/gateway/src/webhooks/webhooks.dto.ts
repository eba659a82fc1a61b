import { Choice, Choices, Count, Flag, Moment, Nested, Text, TextList } from '#http';
import {
  ALL_EVENTS,
  EVENT_NAMES,
  RETRY_POLICIES,
  type EventName,
  type RetryPolicy,
  type RetryPolicyName,
  type WebhookRecord,
} from '#store';
import { CustomHeaders } from './custom-headers.js';

export const DEFAULT_RETRIES: RetryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 };

const EVENT_CHOICES = [ALL_EVENTS, ...EVENT_NAMES];
type EventChoice = EventName | typeof ALL_EVENTS;

const URL = {
  description: 'Where events are posted to; neither with a user name nor to an address that is not public',
  maxLength: 2_048,
  pattern: { matches: /^https?:\/\/\S+$/i, message: 'must be an http or https URL' },
  example: 'https://example.com/whatsapp',
};
const EVENTS = {
  description: 'What it gets: names of events, or `*` alone for all of them',
  name: 'WebhookEvent',
  unique: true,
  example: ['group.participant', 'session.status'],
};
const SESSION = { description: 'The only session whose events it gets', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' };
const SECRET = {
  description: 'Signs what is sent: the key of the HMAC. Never shown again',
  minLength: 16,
  maxLength: 256,
  pattern: { matches: /^[\x20-\x7e]+$/, message: 'must be printable ASCII' },
  example: 'a secret of sixteen characters or more',
};
const ACTIVE = { description: 'Whether events are sent to it' };

export class RetryPolicyDto {
  @Choice(RETRY_POLICIES, {
    description: '`exponential`: twice as long each time, an hour at most. Exponential unless given',
    name: 'RetryPolicyName',
    optional: true,
    example: 'exponential',
  })
  policy?: RetryPolicyName;

  @Count({
    description: 'Before the second attempt, and with `constant` before each; 2 unless given',
    min: 1,
    max: 3_600,
    optional: true,
    example: 2,
  })
  delaySeconds?: number;

  @Count({ description: 'In all, the first included; 15 unless given', min: 1, max: 50, optional: true, example: 15 })
  attempts?: number;
}

export class CreateWebhookDto {
  @Text(URL)
  url: string;

  @Choices(EVENT_CHOICES, EVENTS)
  events: EventChoice[];

  @Text({ ...SESSION, optional: true })
  sessionId?: string;

  @Text({
    ...SECRET,
    description: `${SECRET.description}. Left out: one is made, and shown in the answer`,
    optional: true,
  })
  secret?: string;

  @CustomHeaders({
    description: 'Sent along with every event; their values are never shown',
    optional: true,
    example: { Authorization: 'Bearer of-the-endpoint' },
  })
  customHeaders?: Record<string, string>;

  @Nested(() => RetryPolicyDto, { description: 'What happens after an attempt that failed', optional: true })
  retryPolicy?: RetryPolicyDto;

  @Flag({ ...ACTIVE, description: `${ACTIVE.description}; true unless given`, optional: true })
  active?: boolean;
}

export class UpdateWebhookDto {
  @Text({ ...URL, optional: true })
  url?: string;

  @Choices(EVENT_CHOICES, { ...EVENTS, optional: true })
  events?: EventChoice[];

  @Text({
    ...SESSION,
    description: `${SESSION.description}; \`null\`: all that the caller sees`,
    optional: true,
    nullable: true,
  })
  sessionId?: string | null;

  @Text({ ...SECRET, optional: true })
  secret?: string;

  @CustomHeaders({
    description: 'Takes the place of those that it has; `null` keeps the value that is stored',
    keepsStored: true,
    optional: true,
    example: { Authorization: null, 'X-Team': 'support' },
  })
  customHeaders?: Record<string, string | null>;

  @Nested(() => RetryPolicyDto, { description: 'What is left out stays as it is', optional: true })
  retryPolicy?: RetryPolicyDto;

  @Flag({ ...ACTIVE, description: '`true` also ends a pause', optional: true })
  active?: boolean;
}

export class WebhookRetriesDto {
  @Choice(RETRY_POLICIES, { description: 'How the wait grows', name: 'RetryPolicyName', example: 'exponential' })
  policy: RetryPolicyName;

  @Count({ description: 'Before the second attempt', example: 2 })
  delaySeconds: number;

  @Count({ description: 'In all', example: 15 })
  attempts: number;
}

export class WebhookDto {
  @Text({ description: 'Id of the webhook', example: 'wh_01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text({ description: 'The organization that owns it', example: 'default' })
  organizationId: string;

  @Text({ description: 'Where events are posted to', example: URL.example })
  url: string;

  @Choices(EVENT_CHOICES, EVENTS)
  events: EventChoice[];

  @Text({ ...SESSION, optional: true })
  sessionId?: string;

  @TextList({
    description: 'The sessions that whoever made it is limited to: it gets the events of no other',
    optional: true,
    example: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'],
  })
  sessionIds?: string[];

  @CustomHeaders({
    description: 'The names of the headers that are sent along, each with `null` for its value',
    keepsStored: true,
    example: { Authorization: null },
  })
  customHeaders: Record<string, null>;

  @Nested(() => WebhookRetriesDto, { description: 'What happens after an attempt that failed' })
  retryPolicy: WebhookRetriesDto;

  @Flag({ ...ACTIVE, example: true })
  active: boolean;

  @Text({
    description: 'Why the gateway paused it: `failing`. Absent while it is active, and when somebody switched it off',
    optional: true,
    example: 'failing',
  })
  pausedReason?: string;

  @Text({
    description: 'The person or api-key that made it',
    optional: true,
    example: 'key_01JD4Z0S3M8Q1V7C5T9B2N6XKR',
  })
  createdBy?: string;

  @Moment({ description: 'When it was made' })
  createdAt: number;

  @Moment({ description: 'When it was last changed' })
  updatedAt: number;
}

export class CreatedWebhookDto extends WebhookDto {
  @Text({
    description: 'Present where none was given: shown this once',
    optional: true,
    example: '3q2-7wABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0',
  })
  secret?: string;
}

/** The public part of a stored webhook. */
export function toWebhookDto({ headerNames, ...webhook }: WebhookRecord): WebhookDto {
  return {
    ...webhook,
    events: [...webhook.events],
    sessionIds: webhook.sessionIds && [...webhook.sessionIds],
    customHeaders: Object.fromEntries(headerNames.map((name) => [name, null])),
  };
}
