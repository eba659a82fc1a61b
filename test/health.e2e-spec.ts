import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readiness } from '../apps/gateway/src/health/readiness.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

describe('GET /healthz', () => {
  it('answers without a credential, with the release that runs', async () => {
    const { status, body } = await gateway.request('GET', '/healthz');
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
  });

  it('answers HEAD', async () => {
    expect(await gateway.request('HEAD', '/healthz')).toMatchObject({ status: 200, body: undefined });
  });
});

describe('GET /readyz', () => {
  it('answers 200 while the database does', async () => {
    const { status, body } = await gateway.request('GET', '/readyz');
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ready' } });
  });

  it('answers 503 with a Retry-After while the database is away, and /healthz goes on answering 200', async () => {
    const own = await startGateway();
    await own.database.drop();
    const { status, headers, body } = await own.request('GET', '/readyz');
    expect({ status, body }).toEqual({
      status: 503,
      body: { error: { code: 'gateway_unavailable', message: 'the database does not answer', details: {} } },
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await own.request('GET', '/healthz')).toMatchObject({ status: 200 });
    await own.close();
  });

  it('answers 503 from the moment the process begins to stop, and answers end their connections', async () => {
    const own = await startGateway();
    own.app.get(Readiness).drain();
    const { status, headers, body } = await own.request('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { details: { reason: 'shutting_down' } } });
    expect(headers.get('connection')).toBe('close');
    await own.close();
  });
});
