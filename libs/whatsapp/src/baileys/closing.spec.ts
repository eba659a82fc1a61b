import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import { Bench } from './spec-support/linked.js';
import { openSockets } from './spec-support/open-sockets.js';
import { holdTimers } from './spec-support/timers.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
  });

  afterEach(() => {
    jest.useRealTimers();
    return bench.stop();
  });

  describe('that is closed', () => {
    it('reports it once and nothing after it', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { connection, events } = await bench.linked(ada);
      ben.changeSubject(group, 'Orchestra');
      await Promise.all([connection.close(), connection.close()]);
      const told = [...events.names];
      ben.changeSubject(group, 'Band');
      await connection.close();
      expect(events.names).toEqual(told);
      expect(told.filter((name) => name === 'closed')).toHaveLength(1);
      expect(told.at(-1)).toBe('closed');
      expect(events.all('closed')[0]?.reason.kind).toBe('closed');
    });

    it('before it began to connect: never connects', async () => {
      await bench.provide(ada);
      const { connection, events } = bench.connect();
      await connection.close();
      expect(events.names).toEqual(['closed']);
      expect(bench.simulator.logins(ada.number)).toBe(0);
    });

    it('while it connects: ends without a trace', async () => {
      bench.simulator.faults.hangUpgrade();
      const { connection, events } = bench.connect();
      await connection.close();
      expect(events.names).toEqual(['closed']);
    });

    it('stores what is still to be written first', async () => {
      await bench.provide(ada);
      bench.store.hold();
      const { connection, events } = bench.connect();
      await Promise.all([bench.store.reached(1), events.next('open')]);
      let written = 0;
      events.closed = () => void (written = bench.store.written.length);
      const closed = connection.close();
      while (openSockets() > 0) await nextTurn();
      bench.store.release();
      await closed;
      expect(written).toBeGreaterThan(0);
    });

    it('does not wait for a peer that is dead', async () => {
      holdTimers();
      const { connection, events } = await bench.linked(ada);
      bench.simulator.faults.freeze(ada.number);
      const closed = connection.close();
      await jest.advanceTimersByTimeAsync(1_500);
      await closed;
      expect(events.names).toEqual(['open', 'closed']);
    });
  });

  describe('that is logged out', () => {
    it('unlinks the device and is closed, not logged_out by somebody else', async () => {
      const { connection, events } = await bench.linked(ada);
      await connection.logout();
      expect(ada.devices()).toHaveLength(0);
      expect((await events.next('closed')).reason.kind).toBe('closed');
    });

    it('ends within a few seconds although WhatsApp does not answer, or is dead (pain 21)', async () => {
      holdTimers();
      const { connection, events } = await bench.linked(ada);
      bench.simulator.faults.freeze(ada.number);
      const loggedOut = connection.logout();
      await jest.advanceTimersByTimeAsync(5_000);
      await jest.advanceTimersByTimeAsync(1_500);
      await loggedOut;
      expect(events.all('closed')[0]?.reason.kind).toBe('closed');
    });

    it('before it is open: just closes', async () => {
      const { connection, events } = bench.connect();
      await events.next('qr');
      await connection.logout();
      expect(events.names).toEqual(['qr', 'closed']);
    });
  });
});
