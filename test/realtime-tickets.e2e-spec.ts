import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { RealtimeLab } from './support/realtime-lab.js';
import type { TestGateway } from './support/start-gateway.js';
import { refusal, ticketFor } from './support/stream-client.js';

let lab: RealtimeLab;
let gateway: TestGateway;
let token: string;

beforeEach(async () => {
  lab = await RealtimeLab.start();
  ({ gateway, token } = lab);
});
afterEach(() => lab.stop());

describe('a ticket', () => {
  it('opens one stream, within thirty seconds', async () => {
    const { status, body } = await gateway.request('POST', '/api/v1/realtime/ticket', { token });
    const { ticket, expiresAt } = body as { ticket: string; expiresAt: number };
    expect(status).toBe(201);
    expect(expiresAt - Date.now()).toBeGreaterThan(25_000);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(31_000);
    await lab.open(token, { ticket });
    const again = await refusal(lab.open(token, { ticket }));
    expect(again).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
  });

  it('is good for one of many who come at once', async () => {
    const ticket = await ticketFor(gateway, token);
    const all = await Promise.allSettled(upTo(5).map(() => lab.open(token, { ticket })));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is needed, and no other credential will do', async () => {
    for (const ticket of ['', 'x'.repeat(43), token]) {
      expect(await refusal(lab.open(token, { ticket }))).toMatchObject({ status: 401 });
    }
    const { status } = await gateway.request('GET', '/api/v1/realtime', { token });
    expect(status).toBe(401);
  });

  it('expires, and is taken away by the next one', async () => {
    const ticket = await ticketFor(gateway, token);
    const kept = await ticketFor(gateway, token);
    await lab.sql(`update realtime_tickets set expires_at = clock_timestamp() - interval '1 ms'`);
    expect(await refusal(lab.open(token, { ticket }))).toMatchObject({ status: 401 });
    expect(await lab.sql('select hash from realtime_tickets')).toHaveLength(1);
    await ticketFor(gateway, token);
    expect(await lab.sql('select hash from realtime_tickets')).toHaveLength(1);
    expect(await refusal(lab.open(token, { ticket: kept }))).toMatchObject({ status: 401 });
  });

  it('is stored as a hash, and neither logged nor repeated', async () => {
    const ticket = await ticketFor(gateway, token);
    expect(
      JSON.stringify(await lab.sql('select encode(hash, $$escape$$), principal from realtime_tickets')),
    ).not.toContain(ticket);
    await lab.open(token, { ticket });
    await refusal(lab.open(token, { ticket }));
    await eventually(() => {
      expect(requestsLogged('/api/v1/realtime?')).toEqual([
        expect.objectContaining({ status: 101, url: '/api/v1/realtime?ticket=[redacted]', organization: 'default' }),
        expect.objectContaining({ status: 401, url: '/api/v1/realtime?ticket=[redacted]' }),
      ]);
    });
    expect(JSON.stringify(gateway.log)).not.toContain(ticket);
  });

  it('of a key that was revoked meanwhile, or is used from elsewhere, opens nothing', async () => {
    const key = await gateway.apiKey(['events']);
    const ticket = await ticketFor(gateway, key);
    await lab.revoke(key);
    expect(await refusal(lab.open(key, { ticket }))).toMatchObject({ status: 401 });

    const elsewhere = await gateway.apiKey(['events'], { allowedCidrs: ['127.0.0.0/8'] });
    const theirs = await ticketFor(gateway, elsewhere);
    await lab.sql(`update api_keys set allowed_cidrs = '{203.0.113.0/24}' where allowed_cidrs is not null`);
    await gateway.restart();
    expect(await refusal(lab.open(elsewhere, { ticket: theirs }))).toMatchObject({ status: 401 });
  });

  it('needs the capability', async () => {
    for (const as of [await gateway.apiKey(['read', 'send', 'manage']), await gateway.jwt({ role: 'member' })]) {
      const { status, body } = await gateway.request('POST', '/api/v1/realtime/ticket', { token: as });
      expect({ status, body }).toMatchObject({
        status: 403,
        body: { error: { details: { reason: 'capability_missing' } } },
      });
    }
  });
});

function requestsLogged(start: string): unknown[] {
  return gateway.log.filter(({ msg, url }) => msg === 'request' && String(url).startsWith(start));
}
