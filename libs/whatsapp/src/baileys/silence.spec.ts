import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { Bench } from './spec-support/linked.js';

/** Baileys' own keep-alive, which would find out, too, comes too late for all of these. */
const NEVER = 3_600_000;
const WATCHED = { keepAliveIntervalMs: NEVER, silenceTimeoutMs: 100 };
const PING = { xmlns: 'w:p' };

describe('a connection that calls itself open (pain 21)', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterEach(() => bench.stop());

  const SILENT = { kind: 'unavailable', message: 'WhatsApp fell silent' };

  it('is ended when nothing arrives any more, although what it sends is taken', async () => {
    const { events } = await bench.linked(ada, WATCHED);
    bench.simulator.log.clear();
    bench.simulator.faults.mute(ada.number);
    expect((await events.next('closed')).reason).toEqual(SILENT);
    expect(bench.simulator.log.count(PING)).toBeGreaterThan(0);
  });

  it('is ended when the other end is gone without a word', async () => {
    const { events } = await bench.linked(ada, WATCHED);
    bench.simulator.faults.freeze(ada.number);
    expect((await events.next('closed')).reason).toEqual(SILENT);
  });

  it('is ended, too, while it shows a code', async () => {
    const { events } = bench.connect(WATCHED);
    await events.next('qr');
    bench.simulator.faults.silence(PING);
    expect((await events.next('closed')).reason).toEqual(SILENT);
  });

  it('lives as long as its pings are answered, and ends with the first that is not', async () => {
    const { events } = await bench.linked(ada, { ...WATCHED, silenceTimeoutMs: 300 });
    bench.simulator.log.clear();
    bench.simulator.faults.silence(PING, { after: 3 });
    expect((await events.next('closed')).reason).toEqual(SILENT);
    expect(bench.simulator.log.count(PING)).toBeGreaterThanOrEqual(4);
  });
});
