import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { atMost, sized, told } from './support/figure.js';
import { linkSessions } from './support/link-sessions.js';
import { seeded } from './support/seeded.js';
import { phoneNumbers } from './support/simulator.js';
import { median, megabytes } from './support/statistics.js';

const MOST_GROWN_PERCENT = 10;
/** How long each session is connected, on the average. */
const CONNECTED_SECONDS = 40;
const FIRST_SECONDS = 60;
/** One reading of resident memory says little: collections come and go. */
const SAMPLED_SECONDS = 10;

/** Sessions that lose their connections at random, for a long time: the memory at the end beside that after the first minute. */
export const soak = sized({
  name: 'soak',
  onlyByName: true,
  /** `seed` 0: another one each time. */
  size: { sessions: 200, seconds: 600, seed: 0 },
  async run(lab, { sessions, seconds, seed: wanted }) {
    const seed = wanted || randomInt(1, 2 ** 31);
    console.error(`  seed ${seed}`);
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    await linkSessions(simulator, database, { sessions, groups: 2, members: 20 });
    const startedAt = Date.now();
    const gateway = await lab.gateway({ database, simulator });
    await gateway.ready();
    await database.working(sessions, startedAt);

    const phones = phoneNumbers(1, sessions);
    const random = seeded(seed);
    let drops = 0;
    /** Goes on until `end` (seconds); resolves with the median of what memory was at last. */
    const reconnecting = async (since: number, end: number): Promise<number> => {
      const samples: number[] = [];
      for (let at = elapsed(since); at < end; at = elapsed(since)) {
        const phone = phones[Math.floor(random() * phones.length)];
        if (phone !== undefined) await simulator.drop(phone);
        drops += 1;
        if (at >= end - SAMPLED_SECONDS) samples.push(gateway.residentMemory.now);
        await delay(2_000 * random() * (CONNECTED_SECONDS / sessions));
      }
      gateway.assertRunning();
      return median(samples);
    };
    const since = performance.now();
    const first = await reconnecting(since, Math.min(FIRST_SECONDS, seconds / 2));
    const last = await reconnecting(since, seconds);
    await database.working(sessions, 0);
    const { most } = gateway.residentMemory;
    await gateway.end();
    return [
      atMost(
        `memory grown in ${seconds} s of ${sessions} sessions reconnecting`,
        {
          value: 100 * (last / first - 1),
          most: MOST_GROWN_PERCENT,
          unit: '%',
          measured: megabytes(last),
          baseline: `${megabytes(first)} after the first minute`,
        },
        1,
      ),
      told('  most memory at any time', megabytes(most)),
      told('  connections cut', `${drops}, seed ${seed}`),
    ];
  },
});

function elapsed(since: number): number {
  return (performance.now() - since) / 1_000;
}
