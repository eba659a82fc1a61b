import { afterEach, describe, expect, it } from '@jest/globals';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

let gateway: TestGateway;

afterEach(() => gateway.close());

async function limited(perMinute: number): Promise<void> {
  gateway = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: String(perMinute) } });
}

const sessions = (token: string | undefined, method = 'GET'): Promise<Answer> =>
  gateway.request(method, '/api/v1/sessions', { token });

function limits({ headers }: Answer): (string | null)[] {
  return ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`));
}

describe('the rate limit of a credential', () => {
  it('is told on every authenticated answer, errors included, and on no other', async () => {
    await limited(5);
    const reader = await gateway.apiKey(['read']);
    expect(limits(await sessions(reader))).toEqual(['5', '4', '60']);
    const forbidden = await sessions(reader, 'POST');
    expect(forbidden.status).toBe(403);
    expect(limits(forbidden)).toEqual(['5', '3', expect.any(String)]);
    const missing = await gateway.request('GET', '/api/v1/sessions/unknown', { token: reader });
    expect(missing.status).toBe(404);
    expect(limits(missing)).toEqual(['5', '2', expect.any(String)]);
    const stranger = await sessions('wa_nobody');
    expect(stranger.status).toBe(401);
    expect(limits(stranger)).toEqual([null, null, null]);
    expect(limits(await gateway.request('GET', '/healthz'))).toEqual([null, null, null]);
  });

  it('answers 429 with Retry-After to the request after the last one, before it looks at the capability', async () => {
    await limited(1);
    const reader = await gateway.apiKey(['read']);
    await sessions(reader);
    const refused = await sessions(reader, 'POST');
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 'rate_limited', details: { reason: 'credential_rate_limited' } } },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limits(refused)).toEqual(['1', '0', refused.headers.get('retry-after')]);
  });

  it('counts each api-key and each person for themselves', async () => {
    await limited(1);
    const [one, other] = [await gateway.apiKey(['read']), await gateway.apiKey(['read'])];
    const person = await gateway.jwt({ sub: 'ada' });
    for (const token of [one, other, person]) expect((await sessions(token)).status).toBe(200);
    for (const token of [one, other, person]) expect((await sessions(token)).status).toBe(429);
    expect((await sessions(await gateway.jwt({ sub: 'ada', role: 'admin' }))).status).toBe(429);
    expect((await sessions(await gateway.jwt({ sub: 'ada', org: 'another' }))).status).toBe(200);
  });

  it('is none where 0 is configured', async () => {
    await limited(0);
    expect(limits(await sessions(await gateway.apiKey(['read'])))).toEqual([null, null, null]);
  });
});
