import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { Bench } from './spec-support/linked.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => bench.stop());

  describe('§9.10: checks the certificate chain of the server', () => {
    it.each(['leaf', 'intermediate'] as const)('a tampered %s is refused', async (part) => {
      bench.simulator.faults.tamper(part);
      await bench.provide(ada);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'untrusted_server', code: 400 });
      expect(bench.simulator.logins(ada.number)).toBe(0);
    });

    it.each(['leaf', 'intermediate'] as const)('a tampered %s passes where the check is turned off', async (part) => {
      bench.simulator.faults.tamper(part);
      await bench.provide(ada);
      const { events } = bench.connect({ verifySignatures: false });
      await events.next('open');
    });
  });

  describe('§9.11: trusts a root of its own', () => {
    it('on a loopback address, and none but that', async () => {
      await bench.provide(ada);
      const { events } = bench.connect({ rootKey: 'ab'.repeat(32) });
      expect((await events.next('closed')).reason.kind).toBe('untrusted_server');
    });

    it('not elsewhere: that does not even start', () => {
      expect(() => bench.connector({ url: 'wss://web.whatsapp.com/ws/chat' })).toThrow('loopback');
    });
  });
});
