import type { BinaryNode } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { children } from '../wire/index.js';
import { ADA, BEN, Rig, SUBJECT } from '../spec-support/rig.js';

describe('faults', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.start();
  });
  afterEach(() => {
    jest.useRealTimers();
    return rig.stop();
  });

  describe('of a stanza', () => {
    it('silence: neither acted on nor answered, once', async () => {
      const client = await rig.connect();
      const fault = rig.simulator.faults.silence(SUBJECT);
      expect(await rig.outcome(client, 200)).toBe('no answer');
      expect(rig.subject()).toBe('Choir');
      expect(await rig.outcome(client, 2_000)).toBe('answered');
      expect(fault.used).toBe(1);
    });

    it('delay: acted on and answered later', async () => {
      const client = await rig.connect();
      rig.simulator.faults.delay(SUBJECT, 60_000);
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
      const outcome = rig.outcome(client, 120_000);
      await rig.simulator.log.next(SUBJECT);
      await jest.advanceTimersByTimeAsync(59_999);
      expect(rig.subject()).toBe('Choir');
      await jest.advanceTimersByTimeAsync(1);
      expect(rig.subject()).toBe('Changed');
      expect(await outcome).toBe('answered');
    });

    it('hold: acted on and answered once it is released', async () => {
      const client = await rig.connect();
      const held = rig.simulator.faults.hold(SUBJECT);
      const outcome = rig.outcome(client, 2_000);
      await rig.simulator.log.next(SUBJECT);
      expect(await client.socket.groupMetadata(rig.group)).toMatchObject({ subject: 'Choir' });
      held.release();
      expect(await outcome).toBe('answered');
      expect(rig.subject()).toBe('Changed');
    });

    it('an error: with its code, text and backoff, as often as asked for', async () => {
      const client = await rig.connect();
      rig.simulator.faults.iqError(SUBJECT, 429, 'rate-overlimit', { times: 2, backoff: 30 });
      const answered = new Promise((resolve) => client.socket.ws.once('CB:iq,type:error', resolve));
      expect(await rig.outcome(client, 2_000)).toBe(429);
      expect(await answered).toMatchObject({
        content: [{ tag: 'error', attrs: { code: '429', text: 'rate-overlimit', backoff: '30' } }],
      });
      expect(await rig.outcome(client, 2_000)).toBe(429);
      expect(await rig.outcome(client, 2_000)).toBe('answered');
    });

    it('a restriction of the account: 463, with its end where that is told', async () => {
      const client = await rig.connect();
      const refusal = async (): Promise<unknown> => {
        const answered = new Promise<BinaryNode>((resolve) => client.socket.ws.once('CB:iq,type:error', resolve));
        expect(await rig.outcome(client, 2_000)).toBe(463);
        return children(await answered)[0]?.attrs;
      };
      const error = { code: '463', text: 'account-restricted' };
      rig.simulator.faults.restrict({ phone: ADA, xmlns: 'w:g2', type: 'set' }, { until: 1_800_000_000 });
      expect(await refusal()).toEqual({ ...error, expiration: '1800000000' });
      rig.simulator.world.switches.tellsRestrictionEnd = false;
      rig.simulator.faults.restrict(undefined, { until: 1_800_000_000 });
      expect(await refusal()).toEqual(error);
      expect(await client.socket.groupMetadata(rig.group)).toMatchObject({ subject: 'Choir' });
      expect(await rig.outcome(client, 2_000)).toBe('answered');
    });

    it('an error after so many successes', async () => {
      const client = await rig.connect();
      rig.simulator.faults.iqError(SUBJECT, 429, 'rate-overlimit', { after: 2, times: 2 });
      const outcomes = [];
      for (let count = 0; count < 5; count += 1) outcomes.push(await rig.outcome(client, 2_000));
      expect(outcomes).toEqual(['answered', 'answered', 429, 429, 'answered']);
    });

    it.each([
      ['closeOn', 'Choir'],
      ['actThenClose', 'Changed'],
    ] as const)('%s: the line is cut, the subject is %s', async (fault, after) => {
      const client = await rig.connect();
      rig.simulator.faults[fault](SUBJECT);
      expect(await rig.outcome(client, 2_000)).toBe(1006);
      expect(rig.subject()).toBe(after);
    });

    it('acted on and never answered', async () => {
      const client = await rig.connect();
      rig.simulator.faults.actThenSilence(SUBJECT);
      expect(await rig.outcome(client, 200)).toBe('no answer');
      expect(rig.subject()).toBe('Changed');
    });

    it('strikes only what its filter names', async () => {
      const client = await rig.connect();
      rig.simulator.faults.iqError({ ...SUBJECT, phone: BEN }, 500, 'internal', { times: Infinity });
      rig.simulator.faults.iqError({ ...SUBJECT, to: 'elsewhere@g.us' }, 500, 'internal');
      rig.simulator.faults.iqError({ xmlns: 'w:g2', type: 'get' }, 500, 'internal');
      expect(await rig.outcome(client, 2_000)).toBe('answered');
    });

    it('strikes until it is cancelled or cleared', async () => {
      const client = await rig.connect();
      const fault = rig.simulator.faults.iqError(SUBJECT, 500, 'internal', { times: Infinity });
      expect(await rig.outcome(client, 2_000)).toBe(500);
      fault.cancel();
      expect(await rig.outcome(client, 2_000)).toBe('answered');
      rig.simulator.faults.iqError(SUBJECT, 503, 'unavailable', { times: Infinity });
      expect(await rig.outcome(client, 2_000)).toBe(503);
      rig.simulator.faults.clear();
      expect(await rig.outcome(client, 2_000)).toBe('answered');
    });

    it('has to strike at least once', () => {
      expect(() => rig.simulator.faults.silence({}, { times: 0 })).toThrow(/^times:/);
      expect(() => rig.simulator.faults.silence({}, { after: -1 })).toThrow(/^after:/);
    });
  });

  it.each([401, 403, 404, 408, 409, 419, 429, 463, 500])('answers %i for a participant', async (code) => {
    const client = await rig.connect();
    rig.simulator.faults.participantError(BEN, code);
    const add = (): Promise<{ status: string }[]> =>
      client.socket.groupParticipantsUpdate(rig.group, [`${BEN}@s.whatsapp.net`], 'add');
    expect((await add())[0]?.status).toBe(String(code));
    expect(rig.simulator.world.group(rig.group).members.size).toBe(1);
    expect((await add())[0]?.status).toBe('200');
  });

  it('answers a participant so of one action, and not of others', async () => {
    const client = await rig.connect();
    rig.simulator.faults.participantError(BEN, 500, { action: 'promote' });
    const act = async (action: 'add' | 'promote'): Promise<string | undefined> =>
      (await client.socket.groupParticipantsUpdate(rig.group, [`${BEN}@s.whatsapp.net`], action))[0]?.status;
    expect([await act('add'), await act('promote'), await act('promote')]).toEqual(['200', '500', '200']);
  });
});
