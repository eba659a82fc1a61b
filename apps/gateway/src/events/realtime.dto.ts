import { Moment, property, Text, type PropertyOptions } from '#http';
import { EVENT_NAMES, type EventName } from '#store';

export const EVENT_ID = /^evt_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
export const EVENT_ID_EXPECTED = 'must be the id of an event';
export const EVENT_NAME_EXPECTED = `must be one of ${EVENT_NAMES.join(', ')}`;

/** Names of events, in a query: separated by commas, or each in a parameter of its own. */
function EventNames(options: PropertyOptions): PropertyDecorator {
  return property(options, {
    schema: { enum: [...EVENT_NAMES], enumName: 'EventName', isArray: true },
    fromQuery: (text) => text.split(','),
    problems: (value) => {
      const names: unknown[] = Array.isArray(value) ? value : [value];
      return names.flatMap((name, index) =>
        EVENT_NAMES.includes(name as EventName) ? [] : [{ path: `[${index}]`, message: EVENT_NAME_EXPECTED }],
      );
    },
  });
}

export class StreamQuery {
  @Text({
    description:
      'The last event that was read: the stream goes on after it, with all that was missed. Left out: from now on',
    pattern: { matches: EVENT_ID, message: EVENT_ID_EXPECTED },
    example: 'evt_01JD4Z0S3M8Q1V7C5T9B2N6XKR',
    optional: true,
  })
  since?: string;

  @EventNames({ description: 'Only events of these names', optional: true })
  events?: EventName[];

  @Text({ description: 'Only events of this session', example: '01JD4Z0S3M8Q1V7C5T9B2N6XKR', optional: true })
  session?: string;
}

export class RealtimeQuery extends StreamQuery {
  @Text({
    description: 'From `POST /realtime/ticket`: good once',
    example: 'b2yHnQkq7c0Xc0l6yP1mJ8sT4vW5zA9dE3gR6uK2oLw',
  })
  ticket: string;
}

export class RealtimeTicketDto {
  @Text({ description: 'Shown this once', example: 'b2yHnQkq7c0Xc0l6yP1mJ8sT4vW5zA9dE3gR6uK2oLw' })
  ticket: string;

  @Moment({ description: 'When it opens nothing any more' })
  expiresAt: number;
}
