import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { Bench, SESSION } from './spec-support/linked.js';
import { holdTimers } from './spec-support/timers.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => {
    jest.useRealTimers();
    return bench.stop();
  });

  describe('§9.3: that does not come up', () => {
    it('is given up when the server takes the socket and never answers the upgrade', async () => {
      bench.simulator.faults.hangUpgrade();
      const { events } = bench.connect({ openTimeoutMs: 200 });
      expect((await events.next('closed')).reason).toMatchObject({
        kind: 'unavailable',
        message: 'the connection did not come up in time',
      });
    });

    it('is given up when the server goes silent after the login', async () => {
      bench.simulator.faults.mute(ada.number);
      await bench.provide(ada);
      const { events } = bench.connect({ openTimeoutMs: 300 });
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
      expect(events.names).toEqual(['closed']);
    });

    it.each([401, 403, 404, 429, 503])('ends at once when the upgrade is answered with HTTP %i', async (status) => {
      bench.simulator.faults.refuseUpgrade(status);
      await bench.provide(ada);
      const { events } = bench.connect({ openTimeoutMs: 60_000 });
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'unavailable', code: status });
      await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
    });

    it('ends at once when nobody listens', async () => {
      await bench.simulator.goOffline();
      const { events } = bench.connect({ openTimeoutMs: 60_000 });
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
      await bench.simulator.goOnline();
    });

    it('is not given up while it shows a code', async () => {
      holdTimers();
      const { connection, events } = bench.connect({ openTimeoutMs: 1_000 });
      await events.next('qr');
      jest.advanceTimersByTime(5_000);
      await connection.close();
      expect(events.all('closed')[0]?.reason.kind).toBe('closed');
    });
  });
});
