import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { gatewayVersion } from '#config';
import { Laboratory } from './spec-support/laboratory.js';

const lab = new Laboratory();
afterEach(() => lab.close());

const EVENT = { id: 'evt_01JZ0000000000000000000000', body: '{"schema":"v1","name":"Grüße 👋"}' };
const SECRET = 'a-secret-of-the-endpoint';

describe('WebhookSender', () => {
  it('posts the body as it is, signed over its bytes', async () => {
    const endpoint = await lab.receiver();
    const before = Date.now();
    const attempt = await lab.sender().send({ url: endpoint.url(), secret: SECRET, headers: {} }, EVENT);
    expect(attempt).toEqual({ ok: true, status: 204, latencyMs: expect.any(Number) });
    const { headers, body } = endpoint.only;
    expect(body).toBe(EVENT.body);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': `whats-gateway/${gatewayVersion()}`,
      'x-webhook-request-id': EVENT.id,
      'x-webhook-hmac': createHmac('sha512', SECRET).update(Buffer.from(EVENT.body, 'utf8')).digest('hex'),
      'x-webhook-hmac-algorithm': 'sha512',
    });
    const timestamp = Number(headers['x-webhook-timestamp']);
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
  });
});
