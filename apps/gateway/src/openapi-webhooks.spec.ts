import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { EVENT_NAMES, TEST_EVENT } from '#store';
import { describeGateway } from './describe-gateway.js';
import { buildDocument } from './openapi.js';
import { headersOf } from './webhooks/sending/webhook-headers.js';

let app: INestApplication;
let document: OpenAPIObject;

beforeAll(async () => {
  app = await describeGateway();
  document = buildDocument(app, {});
});

afterAll(() => app.close());

/** Every object in the document. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* objectsIn(part);
}

describe('the OpenAPI document', () => {
  it('is one of version 3.1, in which null is a type', () => {
    expect(document.openapi).toBe('3.1.0');
    expect([...objectsIn(document)].filter((part) => 'nullable' in part)).toEqual([]);
  });

  it('refers to nothing that it does not hold', () => {
    const known = Object.keys(document.components?.schemas ?? {}).map((name) => `#/components/schemas/${name}`);
    const references = [...objectsIn(document)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
  });

  it('tells of each event that a webhook can get, and of the headers that it comes with', () => {
    expect(Object.keys(document.webhooks ?? {})).toEqual([...EVENT_NAMES, TEST_EVENT]);
    const sent = headersOf({ url: '', secret: 's', headers: {} }, { id: 'evt_1', body: '{}' }, Buffer.from('{}'));
    const ours = Object.keys(sent).filter((name) => name.startsWith('X-Webhook-'));
    for (const item of Object.values(document.webhooks ?? {})) {
      const parameters = (item as { post: { parameters: { name: string }[] } }).post.parameters;
      expect(parameters.map(({ name }) => name)).toEqual(ours);
    }
  });
});
