import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { CredentialsUnreadableError } from '#whatsapp';
import { Bench, SESSION } from './spec-support/linked.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => bench.stop());

  describe('whose credentials fail it', () => {
    it('bad_session when they cannot be read, and they are left alone', async () => {
      await bench.provide(ada);
      bench.store.failReads(new CredentialsUnreadableError('no such key'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('bad_session');
      await expect(bench.connector().isPaired(SESSION)).rejects.toBeInstanceOf(CredentialsUnreadableError);
      bench.store.failReads(undefined);
      await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
    });

    it('bad_session when a Signal key cannot be read later, never "no such key" (pain 1)', async () => {
      await bench.provide(ada);
      bench.store.put(SESSION, 'pre-key', '2', Buffer.from('not what was written'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('bad_session');
      expect(bench.simulator.log.count({ xmlns: 'encrypt', type: 'set' })).toBe(0);
    });

    it('unavailable when the store is away: a pairing is not condemned for that', async () => {
      await bench.provide(ada);
      bench.store.failReads(new Error('connect ECONNREFUSED'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });

    it('unavailable when they cannot be written, and it is logged', async () => {
      await bench.provide(ada);
      bench.store.failWrites(new Error('disk full'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toEqual({
        kind: 'unavailable',
        message: 'the credential store failed',
      });
      expect(bench.log.lines).toContainEqual(
        expect.objectContaining({ level: 'error', facts: expect.objectContaining({ sessionId: SESSION }) }),
      );
    });
  });
});
