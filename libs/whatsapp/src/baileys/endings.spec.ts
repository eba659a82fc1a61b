import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone, StreamError } from '#simulator';
import { type CloseKind } from '#whatsapp';
import { Bench } from './spec-support/linked.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => bench.stop());

  describe('§9.8: tells why it ended', () => {
    const endings: [error: StreamError, kind: CloseKind, code: number][] = [
      ['replaced', 'replaced', 440],
      ['device_removed', 'logged_out', 401],
      ['restart_required', 'restart_required', 515],
      ['unavailable', 'unavailable', 503],
      [403, 'banned', 403],
      [401, 'unavailable', 401],
      [500, 'unavailable', 500],
      [516, 'unavailable', 516],
    ];

    it.each(endings)('stream error %s: %s', async (error, kind, code) => {
      const { events } = await bench.linked(ada);
      bench.simulator.faults.streamError(ada.number, error);
      expect((await events.next('closed')).reason).toMatchObject({ kind, code });
      expect(events.names).toEqual(['open', 'closed']);
    });

    const refusals: [reason: number, kind: CloseKind][] = [
      [401, 'logged_out'],
      [402, 'banned'],
      [403, 'banned'],
      [405, 'client_outdated'],
      [406, 'banned'],
      [409, 'client_outdated'],
      [500, 'bad_session'],
      [503, 'unavailable'],
    ];

    it.each(refusals)('a login refused with %i: %s', async (reason, kind) => {
      await bench.provide(ada);
      bench.simulator.faults.failOnLogin(ada.number, reason);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind, code: reason });
      expect(events.names).toEqual(['closed']);
    });

    it('another connection with the same credentials: replaced', async () => {
      const first = await bench.linked(ada);
      const second = bench.connect();
      await second.events.next('open');
      expect((await first.events.next('closed')).reason.kind).toBe('replaced');
    });

    it('a device that was unlinked meanwhile: logged_out at the login', async () => {
      await bench.provide(ada);
      await ada.unlinkDevices();
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'logged_out', code: 401 });
    });

    it('a line that was cut: unavailable', async () => {
      const { events } = await bench.linked(ada);
      bench.simulator.faults.dropAll();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });

    it('a server that says nothing any more: unavailable, by what Baileys itself sees (pain 21)', async () => {
      const { events } = await bench.linked(ada, { keepAliveIntervalMs: 100 });
      bench.simulator.faults.mute(ada.number);
      expect((await events.next('closed', 1, 20_000)).reason).toMatchObject({ kind: 'unavailable', code: 408 });
    });
  });
});
