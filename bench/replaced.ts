import { setTimeout as delay } from 'node:timers/promises';
import { atMost, sized } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import { rawSocket } from './support/raw-socket.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { until } from './support/wait.js';

/** An account that another connection takes over at every login: one login, then the session stops and says why. */
export const replaced = sized({
  name: 'replaced',
  size: { seconds: 20 },
  async run(lab, { seconds }) {
    const simulator = await lab.simulator();
    const [phone = ''] = phoneNumbers(1, 1);
    const logins = await gatewayLogins(lab, simulator, phone, seconds);
    const naive = await naiveLogins(simulator, seconds);
    return [
      atMost(`logins within ${seconds} s of one that is replaced each time`, {
        value: logins,
        most: 1,
        unit: '',
        measured: `${logins}, then failed/replaced`,
        baseline: `${naive}, by who logs in again`,
      }),
    ];
  },
});

async function gatewayLogins(lab: Lab, simulator: SimulatorProcess, phone: string, seconds: number): Promise<number> {
  const database = await lab.database();
  await linkSessions(simulator, database, { sessions: 1, groups: 0, members: 1 });
  await simulator.replaceAtEveryLogin(phone);
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  const since = performance.now();
  await until('the session to be replaced', async () => {
    const [session] = await gateway.sessions();
    return (session?.status === 'failed' && session.statusReason === 'replaced') || undefined;
  });
  await delay(Math.max(0, seconds * 1_000 - (performance.now() - since)));
  const [session] = await gateway.sessions();
  if (session?.statusReason !== 'replaced') throw new Error(`the session is ${session?.status}`);
  await gateway.end();
  return simulator.logins(phone);
}

/** Of a client that takes it for any other end of a connection. */
async function naiveLogins(simulator: SimulatorProcess, seconds: number): Promise<number> {
  const [phone = ''] = phoneNumbers(3, 1);
  await simulator.createAccounts([phone]);
  const device = await simulator.provision(phone);
  await simulator.replaceAtEveryLogin(phone);
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const socket = await rawSocket(simulator, device).catch(() => undefined);
    if (!socket) continue;
    await new Promise<void>((resolve) => {
      socket.ev.on('connection.update', ({ connection }) => {
        if (connection === 'close') resolve();
      });
    });
  }
  return simulator.logins(phone);
}
