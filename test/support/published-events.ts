import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { envelopeOf, type EventEnvelope } from '../../apps/gateway/src/events/envelope.js';
import { EventLog, LOG_START } from '#store';
import { eventually } from './eventually.js';
import type { TestGateway } from './start-gateway.js';

interface Document {
  openapi: string;
  webhooks: Record<string, { post: { requestBody: { content: { 'application/json': { schema: Reference } } } } }>;
  components: { schemas: Record<string, object> };
}

interface Reference {
  $ref: string;
}

/** What a gateway publishes of its events: read as any client reads it. */
export class PublishedEvents {
  private constructor(private readonly document: Document) {}

  static async of(gateway: TestGateway): Promise<PublishedEvents> {
    const { body } = await gateway.request('GET', '/openapi.json');
    return new PublishedEvents(body as Document);
  }

  /** Throws where the envelope is not what the document says of events of its name. */
  check(envelope: { event: string }): void {
    const webhook = this.document.webhooks[envelope.event];
    if (!webhook) throw new Error(`the document has no webhook ${envelope.event}`);
    const schema = this.resolved(webhook.post.requestBody.content['application/json'].schema);
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(envelope);
  }

  private resolved(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((item) => this.resolved(item));
    if (typeof schema !== 'object' || schema === null) return schema;
    if ('$ref' in schema) return this.resolved(this.named(schema as Reference));
    return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, this.resolved(value)]));
  }

  private named({ $ref }: Reference): object {
    const schema = this.document.components.schemas[$ref.replace('#/components/schemas/', '')];
    if (!schema) throw new Error(`${$ref} leads nowhere`);
    return schema;
  }
}

/** The whole log, as readers get it, once it passes. */
export async function loggedEvents(
  gateway: TestGateway,
  passes: (events: EventEnvelope[]) => void = () => undefined,
): Promise<EventEnvelope[]> {
  const log = gateway.app.get(EventLog);
  return eventually(async () => {
    const events = (await log.read(LOG_START, 10_000)).events.map(envelopeOf);
    passes(events);
    return events;
  }, 30_000);
}

/** Name and payload. */
export function toldBy(events: readonly EventEnvelope[], ...names: string[]): [string, unknown][] {
  return events.flatMap(({ event, payload }) =>
    names.length === 0 || names.includes(event) ? [[event, payload] as [string, unknown]] : [],
  );
}

/** For `passes`: the log holds these, in this order, whatever is between them. */
export function telling(...wanted: [string, object][]): (events: EventEnvelope[]) => void {
  return (events) => {
    const told = toldBy(events);
    let from = 0;
    for (const [name, payload] of wanted) {
      const found = told.findIndex(
        ([event, actual], at) => at >= from && event === name && isDeepStrictEqual(actual, payload),
      );
      if (found < 0)
        throw new Error(`${JSON.stringify([name, payload])} is not told in ${JSON.stringify(told.slice(from))}`);
      from = found + 1;
    }
  };
}
