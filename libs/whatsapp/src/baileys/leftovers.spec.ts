import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import { OutcomeUnknownError } from '#whatsapp';
import { Bench, type Linked } from './spec-support/linked.js';

describe('what a closed connection leaves behind', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeAll(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
  });

  afterAll(() => bench.stop());

  /** A connection with a query under way that nobody will answer. */
  async function busy(): Promise<Linked & { answer: Promise<void> }> {
    const linked = await bench.linked(ada, { queryTimeoutMs: 60_000 });
    bench.simulator.faults.silence({ xmlns: 'w:g2' });
    const arrived = bench.simulator.log.next({ xmlns: 'w:g2' });
    const answer = expect(linked.connection.client.fetchGroups()).rejects.toBeInstanceOf(OutcomeUnknownError);
    await arrived;
    return { ...linked, answer };
  }

  const endings: [string, (linked: Linked) => Promise<unknown> | void][] = [
    ['we close it', ({ connection }) => connection.close()],
    ['WhatsApp ends the stream', () => bench.simulator.faults.streamError(ada.number, 'unavailable')],
    ['the line is cut', () => bench.simulator.faults.dropAll()],
    ['a frame cannot be decrypted', () => bench.simulator.faults.garbage(ada.number)],
  ];

  it.each(endings)('no timer and no socket, when %s', async (_what, end) => {
    // The test runner's own timers are still going away.
    await setTimeout(20);
    const before = resources();
    const linked = await busy();
    expect(exceeds(resources(), before)).toBe(true);
    await Promise.all([linked.answer, end(linked), linked.events.next('closed')]);
    // The other end has a socket and a timer of its own; what Baileys would leave lasts for half a minute and more.
    const deadline = performance.now() + 5_000;
    while (exceeds(resources(), before) && performance.now() < deadline) await nextTurn();
    expect(exceeds(resources(), before)).toBe(false);
  });
});

function resources(): { timers: number; sockets: number } {
  const all = process.getActiveResourcesInfo();
  const count = (wanted: string): number => all.filter((name) => name === wanted).length;
  return { timers: count('Timeout'), sockets: count('TCPSocketWrap') };
}

function exceeds(now: ReturnType<typeof resources>, before: ReturnType<typeof resources>): boolean {
  return now.timers > before.timers || now.sockets > before.sockets;
}
