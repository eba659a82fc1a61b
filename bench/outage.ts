import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { atMost, sized } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import { linkSessions } from './support/link-sessions.js';

const MOST_CPU_PERCENT = 10;
const MOST_BACK_MS = 5_000;
/** Until connecting has left nothing behind that still costs. */
const REST_MS = 5_000;

/** What it costs while WhatsApp takes no connections, how soon all sessions are back, and what is left of their credentials. */
export const outage = sized({
  name: 'outage',
  size: { sessions: 30, seconds: 60 },
  async run(lab, { sessions, seconds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    await linkSessions(simulator, database, { sessions, groups: 2, members: 10 });
    const gateway = await lab.gateway({ database, simulator });
    const startedAt = Date.now();
    await gateway.ready();
    await database.working(sessions, startedAt);
    await delay(REST_MS);
    const idle = await cpuPercent(gateway, seconds / 4);
    const [credentials, devices] = await Promise.all([database.linkedAs(), simulator.linkedDevices()]);

    await simulator.goOffline();
    const away = await cpuPercent(gateway, seconds);
    const [back, returnedAt] = [Date.now(), performance.now()];
    await simulator.goOnline();
    await database.working(sessions, back);
    const took = performance.now() - returnedAt;

    const [credentialsAfter, devicesAfter] = await Promise.all([database.linkedAs(), simulator.linkedDevices()]);
    const changed = [...credentials].filter(([id, before]) => !isDeepStrictEqual(before, credentialsAfter.get(id)));
    const relinked = isDeepStrictEqual(devices, devicesAfter) ? 0 : devicesAfter.length;
    await gateway.end();
    return [
      atMost(
        `CPU of a core while WhatsApp is away, ${sessions} sessions`,
        {
          value: away,
          most: MOST_CPU_PERCENT,
          unit: '%',
          baseline: `${idle.toFixed(1)} % connected and idle`,
        },
        1,
      ),
      atMost('last of them working once it is back', { value: took, most: MOST_BACK_MS, unit: 'ms' }, 0),
      atMost('sessions whose credentials changed, or that were linked anew', {
        value: changed.length + relinked,
        most: 0,
        unit: '',
        baseline: `of ${credentials.size}`,
      }),
    ];
  },
});

async function cpuPercent(gateway: Gateway, seconds: number): Promise<number> {
  const [used, since] = [gateway.cpuSeconds, performance.now()];
  await delay(seconds * 1_000);
  gateway.assertRunning();
  return (100_000 * (gateway.cpuSeconds - used)) / (performance.now() - since);
}
