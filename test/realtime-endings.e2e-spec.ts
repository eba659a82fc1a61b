import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStreams } from '../apps/gateway/src/events/streams/event-streams.js';
import { upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { upgrading } from './support/raw-http.js';
import { RealtimeLab } from './support/realtime-lab.js';
import type { TestGateway } from './support/start-gateway.js';
import { refusal, SseReader, ticketFor } from './support/stream-client.js';

let lab: RealtimeLab;
let gateway: TestGateway;
let token: string;

beforeEach(async () => {
  lab = await RealtimeLab.start();
  ({ gateway, token } = lab);
});
afterEach(() => lab.stop());

describe('a stream ends', () => {
  it('within a second of its key, which another process deletes', async () => {
    const key = await gateway.apiKey(['events']);
    const [reader, other] = [await lab.open(key), await lab.open()];
    await lab.revoke(key);
    const revokedAt = Date.now();
    expect(await reader.closed).toEqual({ code: 4401, reason: 'credential_ended' });
    expect(Date.now() - revokedAt).toBeLessThan(1_000);
    await lab.append(0);
    await other.received(1);
    expect(reader.events).toEqual([]);
  });

  it('within a second of the end of its token, or of its key', async () => {
    const expiresAt = Date.now() + 2_000;
    const key = await lab.open(await gateway.apiKey(['events'], { expiresAt }));
    const jwt = await lab.open(await gateway.jwt({}, { expiresIn: 2 }));
    expect((await key.closed).code).toBe(4401);
    expect(Date.now() - expiresAt).toBeLessThan(1_000);
    expect((await jwt.closed).code).toBe(4401);
    expect(Date.now() - expiresAt).toBeLessThan(1_000);
  });

  it('when the gateway stops, which does not wait for readers', async () => {
    const readers = await Promise.all(upTo(5).map(() => lab.open()));
    const stoppedAt = Date.now();
    await gateway.restart();
    expect(Date.now() - stoppedAt).toBeLessThan(5_000);
    for (const reader of readers) expect(await reader.closed).toEqual({ code: 1001, reason: 'going_away' });
  });

  it('and is refused from then on', async () => {
    const reader = await lab.open();
    gateway.app.get(EventStreams).beginShutdown();
    expect((await reader.closed).code).toBe(1001);
    for (const opening of [() => lab.open(), () => SseReader.open(gateway, token)]) {
      const refused = await refusal(opening());
      expect(refused).toMatchObject({ status: 503, body: { error: { details: { reason: 'shutting_down' } } } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('without harm to the process when clients break off in the middle of an upgrade', async () => {
    const tickets = await Promise.all(upTo(20).map(() => ticketFor(gateway, token)));
    await Promise.all(
      tickets.map(async (ticket, n) => {
        const request = upgrading(`${gateway.url}/api/v1/realtime?ticket=${ticket}`);
        request.on('error', () => undefined).end();
        await sleep(n);
        request.destroy();
      }),
    );
    await eventually(async () => expect((await gateway.request('GET', '/readyz')).status).toBe(200));
    const reader = await lab.open();
    await lab.append(0);
    await reader.received(1);
  });
});
