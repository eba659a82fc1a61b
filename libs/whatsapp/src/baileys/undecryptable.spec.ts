import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import { Bench, SESSION } from './spec-support/linked.js';
import { holdTimers } from './spec-support/timers.js';

const FLOOD = 40;

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

  describe('§9.4: that receives what nobody can decrypt', () => {
    it('ends alone, and the process and the other connections go on', async () => {
      const rejections: unknown[] = [];
      const keep = (reason: unknown): void => void rejections.push(reason);
      process.on('unhandledRejection', keep);
      const other = await bench.linked(ben, {}, '01J0000000000000000000000B');
      const { events } = await bench.linked(ada);
      bench.simulator.faults.garbage(ada.number);
      expect((await events.next('closed')).reason).toMatchObject({
        kind: 'unavailable',
        message: 'WhatsApp sent what cannot be decrypted',
      });
      await expect(other.connection.client.fetchGroups()).resolves.toEqual([]);
      process.off('unhandledRejection', keep);
      expect(rejections).toEqual([]);
    });

    it('ends when the handshake is answered with noise of another kind', async () => {
      bench.simulator.faults.tamper('serverHello');
      await bench.provide(ada);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });
  });

  describe('to which messages come', () => {
    const message = (from: string): Parameters<SimulatedPhone['push']>[0] => ({
      tag: 'message',
      attrs: { from, type: 'text', t: '1700000000' },
      content: [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.alloc(64, 3) }],
    });

    it("does not try to decrypt those of others, people's or groups'", async () => {
      await bench.linked(ada);
      for (const from of [ben.jid, ben.lid, '120363000000000001@g.us', 'status@broadcast']) {
        const answered = bench.simulator.log.next({ tag: 'ack', to: from });
        ada.push(message(from));
        expect((await answered).node.attrs).toMatchObject({ class: 'message', error: '500' });
      }
      // Whoever tries and fails asks for the sender's keys.
      expect(bench.simulator.log.count({ xmlns: 'encrypt', child: 'key' })).toBe(0);
    });

    it("tries with those of the account's own phone, and asks for its keys where it has none", async () => {
      await bench.linked(ada);
      const asked = bench.simulator.log.next({ xmlns: 'encrypt', child: 'key' });
      ada.push(message(ada.jid));
      await asked;
    });

    it('goes on, with a bounded log, however many of them it cannot decrypt (pain 23)', async () => {
      const other = await bench.linked(ben, {}, '01J0000000000000000000000B');
      const { connection, events } = await bench.linked(ada);
      holdTimers();
      for (let count = 0; count < FLOOD; count++) ada.push(message(ada.jid));
      // Baileys takes its time after each of them.
      while (bench.simulator.log.count({ phone: ada.number, tag: 'ack' }) < FLOOD) {
        await jest.advanceTimersByTimeAsync(100);
        await nextTurn();
      }
      jest.useRealTimers();
      const logged = bench.log.lines.filter(({ level }) => level !== 'debug');
      expect(logged).toHaveLength(20);
      expect(logged.at(-1)?.facts).toMatchObject({ sessionId: SESSION, moreAreLeftOutForMs: expect.any(Number) });
      await expect(connection.client.fetchGroups()).resolves.toEqual([]);
      await expect(other.connection.client.fetchGroups()).resolves.toEqual([]);
      expect(events.names).toEqual(['open']);
    });
  });
});
