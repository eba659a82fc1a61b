import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SimulatedPhone } from '#simulator';
import { OutcomeUnknownError } from '#whatsapp';
import { Bench, type Linked } from './spec-support/linked.js';
import { openSockets } from './spec-support/open-sockets.js';

/** What Baileys would leave behind lasts for half a minute and more. */
const LEFTOVERS_LAST_MS = 10_000;

/** The test runner has more only while it starts. */
const RUNNERS_TIMERS = 2;

describe('what a closed connection leaves behind', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let before: Resources;

  beforeAll(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    while (resources().timers > RUNNERS_TIMERS) await nextTurn();
    before = resources();
  });

  afterEach(() => bench.simulator.faults.clear());
  afterAll(() => bench.stop());

  /** A connection with queries under way, ours and one of Baileys' own, that nobody will answer. */
  async function busy(): Promise<Linked & { answer: Promise<void> }> {
    const linked = await bench.linked(ada, { queryTimeoutMs: 60_000, keepAliveIntervalMs: 50 });
    for (const xmlns of ['w:g2', 'w:p']) bench.simulator.faults.silence({ xmlns }, { times: Infinity });
    const arrived = Promise.all(['w:g2', 'w:p'].map((xmlns) => bench.simulator.log.next({ xmlns })));
    const answer = expect(linked.connection.client.fetchGroups()).rejects.toBeInstanceOf(OutcomeUnknownError);
    await arrived;
    return { ...linked, answer };
  }

  /** The other end has a socket and a timer of its own, the test runner timers, which take a moment to go, too. */
  async function released(): Promise<void> {
    while (exceeds(resources(), before)) await nextTurn();
  }

  const endings: [string, (linked: Linked) => Promise<unknown> | void][] = [
    ['we close it', ({ connection }) => connection.close()],
    ['WhatsApp ends the stream', () => bench.simulator.faults.streamError(ada.number, 'unavailable')],
    ['the line is cut', () => bench.simulator.faults.dropAll()],
    ['a frame cannot be decrypted', () => bench.simulator.faults.garbage(ada.number)],
  ];

  it.each(endings)(
    'no timer and no socket, when %s',
    async (_what, end) => {
      await released();
      const linked = await busy();
      expect(exceeds(resources(), before)).toBe(true);
      await Promise.all([linked.answer, end(linked), linked.events.next('closed')]);
      await released();
    },
    LEFTOVERS_LAST_MS,
  );
});

interface Resources {
  timers: number;
  sockets: number;
}

function resources(): Resources {
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { timers, sockets: openSockets() };
}

function exceeds(now: Resources, before: Resources): boolean {
  return now.timers > before.timers || now.sockets > before.sockets;
}
