import { SENT_PAYLOADS, type SentEventName } from '#store';
import { z } from 'zod';

/** JSON Schema 2020-12, which is that of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface EventSchema {
  name: SentEventName;
  /** What it is for. */
  description: string;
  /** Names among `EVENT_COMPONENTS`. */
  envelope: string;
  payload: string;
}

const SENT = Object.keys(SENT_PAYLOADS) as SentEventName[];

/** Every event that an endpoint can get. */
export const EVENT_SCHEMAS: readonly EventSchema[] = SENT.map((name) => ({
  name,
  description: SENT_PAYLOADS[name].description ?? '',
  envelope: `${pascalCase(name)}Event`,
  payload: `${pascalCase(name)}Payload`,
}));

/** By name: the schemas of all payloads, and of the envelopes around them. */
export const EVENT_COMPONENTS: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  EVENT_SCHEMAS.flatMap((schema) => [
    [schema.payload, jsonSchema(SENT_PAYLOADS[schema.name])],
    [schema.envelope, envelopeSchema(schema)],
  ]),
);

export function refTo(component: string): { $ref: string } {
  return { $ref: `#/components/schemas/${component}` };
}

function envelopeSchema({ name, payload }: EventSchema): JsonSchema {
  const head = z.strictObject({
    schema: z.literal('v1'),
    id: z
      .string()
      .regex(/^evt_[0-9A-Z]{26}$/)
      .meta({ description: 'The same however often the event is delivered' }),
    event: z.literal(name),
    session: z.string().nullable().meta({ description: 'Id of the session; null for what concerns none' }),
    organization: z.string().meta({ description: 'The organization that it belongs to' }),
    timestamp: z.int().min(0).meta({ description: 'When it was stored; epoch milliseconds, UTC' }),
  });
  const { properties, required, ...rest } = jsonSchema(head);
  return {
    ...rest,
    properties: { ...(properties as object), payload: refTo(payload) },
    required: [...(required as string[]), 'payload'],
  };
}

function jsonSchema(type: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type);
  return schema;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
