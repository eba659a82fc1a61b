import { Choice, Count, Flag, Moment, Nested, Text } from '#http';
import { DELIVERY_STATUSES, EVENT_NAMES, type DeliveryStatus, type EventName } from '#store';
import { ATTEMPT_ERRORS, type AttemptError } from './sending/index.js';

/** Deliveries are many: a page has a size, also where nobody says which. */
export const USUAL_PAGE = 100;

const STATUS_CODE = { description: 'Status of the answer; absent where none came', min: 100, max: 599, example: 503 };
const ERROR = {
  name: 'AttemptError',
  description: 'Why it failed; absent for a success. `http_status`: an answer came, and it was none of 2xx or 3xx',
  optional: true,
  example: 'http_status',
};
const LATENCY = { description: 'How long it took, in milliseconds', example: 42 };
const EXCERPT = {
  description: 'The beginning of what the endpoint answered, secrets masked',
  maxLength: 1_024,
  optional: true,
  example: 'service unavailable',
};

export class DeliveriesQuery {
  @Count({ description: `Items in a page; ${USUAL_PAGE} unless given`, min: 1, max: 1_000, optional: true })
  limit?: number;

  @Text({ description: 'The `nextCursor` of the page before', maxLength: 1_024, optional: true })
  cursor?: string;

  @Choice(DELIVERY_STATUSES, { description: 'Only these', name: 'DeliveryStatus', optional: true, example: 'dead' })
  status?: DeliveryStatus;
}

export class DeliveryAttemptDto {
  @Moment({ description: 'When it ended' })
  at: number;

  @Count({ ...STATUS_CODE, optional: true })
  statusCode?: number;

  @Choice(ATTEMPT_ERRORS, ERROR)
  error?: string;

  @Count(LATENCY)
  latencyMs: number;

  @Text(EXCERPT)
  responseExcerpt?: string;
}

export class DeliveryDto {
  @Text({ description: 'Id of the delivery', example: 'dlv_01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  id: string;

  @Text({ description: 'Where it goes', example: 'wh_01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  webhookId: string;

  @Text({ description: 'What is delivered', example: 'evt_01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  eventId: string;

  @Choice(EVENT_NAMES, { description: 'Name of the event', name: 'EventName', example: 'group.participant' })
  event: EventName;

  @Text({ description: 'Absent where the event concerns none', optional: true, example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR' })
  sessionId?: string;

  @Choice(DELIVERY_STATUSES, {
    description: '`dead`: given up, until it is asked for again',
    name: 'DeliveryStatus',
    example: 'pending',
  })
  status: DeliveryStatus;

  @Count({ description: 'Made since it was handed out, or asked for again', example: 1 })
  attempts: number;

  @Moment({ description: 'While `pending`; while its webhook is not active, nothing is sent', optional: true })
  nextAttemptAt?: number;

  @Moment({ description: 'When it was handed out' })
  createdAt: number;

  @Nested(() => DeliveryAttemptDto, { description: 'What came of the last attempt', optional: true })
  lastAttempt?: DeliveryAttemptDto;
}

export class RedeliveredDto {
  @Count({ description: 'How many are pending again', example: 12 })
  redelivered: number;
}

export class TestResultDto {
  @Flag({ description: 'Whether the endpoint acknowledged it: any 2xx', example: true })
  delivered: boolean;

  @Count({ ...STATUS_CODE, optional: true, example: 204 })
  statusCode?: number;

  @Choice(ATTEMPT_ERRORS, ERROR)
  error?: AttemptError;

  @Count(LATENCY)
  latencyMs: number;

  @Text(EXCERPT)
  responseExcerpt?: string;
}
