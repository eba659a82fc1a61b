import type { OpenAPIObject } from '@nestjs/swagger';
import { EVENT_COMPONENTS, EVENT_SCHEMAS, refTo, type EventSchema } from './events/event-schemas.js';

type PathItem = OpenAPIObject['paths'][string];
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const header = (name: string, description: string, schema: object) => ({
  name,
  in: 'header' as const,
  required: true,
  description,
  schema,
});

const HEADERS = [
  header('X-Webhook-Request-Id', "The event's id, as in the body: the same each time that it is delivered", {
    type: 'string',
    pattern: '^evt_[0-9A-Z]{26}$',
  }),
  header(
    'X-Webhook-Timestamp',
    'When this attempt was made; epoch milliseconds, UTC. Not signed: trust the `timestamp` in the body',
    { type: 'string', pattern: '^[0-9]+$' },
  ),
  header('X-Webhook-Hmac', 'HMAC-SHA512 of the raw body under the secret of the webhook, in lowercase hex', {
    type: 'string',
    pattern: '^[0-9a-f]{128}$',
  }),
  header('X-Webhook-Hmac-Algorithm', 'How `X-Webhook-Hmac` was made', { type: 'string', enum: ['sha512'] }),
];

/** Adds what webhooks send: one entry for each event, and the schemas of all of them. */
export function describeWebhooks(document: OpenAPIObject): OpenAPIObject {
  const schemas = EVENT_COMPONENTS as Schemas;
  const sent = Object.fromEntries(EVENT_SCHEMAS.map((event) => [event.name, requestOf(event)]));
  return {
    ...document,
    webhooks: { ...document.webhooks, ...sent },
    components: { ...document.components, schemas: { ...document.components?.schemas, ...schemas } },
  };
}

function requestOf({ name, description, envelope }: EventSchema): PathItem {
  return {
    post: {
      operationId: `on${envelope}`,
      tags: ['Webhooks'],
      summary: description,
      security: [],
      parameters: HEADERS,
      requestBody: {
        required: true,
        description: `\`${name}\`, to each endpoint that wants it`,
        content: { 'application/json': { schema: refTo(envelope) } },
      },
      responses: {
        '2XX': { description: 'It has arrived. Any other answer, or none in time, and it is sent again' },
      },
    },
  };
}
