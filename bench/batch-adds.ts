import { setTimeout as delay } from 'node:timers/promises';
import type { WASocket } from '@whiskeysockets/baileys';
import { atMost, told, type Figure, type Row } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import type { Lab } from './support/lab.js';
import { rawSocket } from './support/raw-socket.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { median, ms, spread } from './support/statistics.js';
import { until } from './support/wait.js';

const PARTICIPANTS = 256;
const ROUNDS = 7;
/** Batches of one chunk, so without pauses, that are not counted: until then Node has not compiled what a batch runs through. */
const WARM_UP = 60;
const MOST_ABOVE_MS = 10;
/** As `apps/gateway/src/members/batch-pace.ts` has them. */
const CHUNK = 50;
const PAUSE_MS = 1_000;

interface Rig {
  simulator: SimulatorProcess;
  gateway: Gateway;
  account: string;
  session: string;
  rawAccount: string;
  socket: WASocket;
  people: readonly string[];
}

/** 256 people added in one call, against the same stanzas with the same pauses on a bare Baileys socket. The pauses do not count. */
export const batchAdds: Figure = {
  name: 'batch-adds',
  async run(lab) {
    const rig = await setUp(lab);
    const times = { gateway: [] as number[], raw: [] as number[] };
    const chunk = rig.people.slice(0, CHUNK);
    for (let round = 0; round < WARM_UP; round++) {
      await onSocket(rig, chunk);
      await throughGateway(rig, chunk);
    }
    for (let round = 0; round < ROUNDS; round++) {
      times.raw.push(await onSocket(rig, rig.people));
      times.gateway.push(await throughGateway(rig, rig.people));
    }
    return rows(times);
  },
};

function rows(times: { gateway: number[]; raw: number[] }): Row[] {
  const above = times.gateway.map((took, index) => took - (times.raw[index] ?? NaN));
  return [
    atMost(`${PARTICIPANTS} adds in one call, above the raw socket`, {
      value: median(above),
      most: MOST_ABOVE_MS,
      unit: 'ms',
      measured: ms(median(times.gateway)),
      baseline: ms(median(times.raw)),
    }),
    told('  each', spread(times.gateway), spread(times.raw)),
  ];
}

async function throughGateway(
  { simulator, gateway, account, session }: Rig,
  people: readonly string[],
): Promise<number> {
  const groupJid = await simulator.createGroup(account, { subject: 'Batch', participants: [] });
  const path = `/sessions/${session}/groups/${groupJid}`;
  await until('the group to be stored', async () => (await gateway.send('GET', path)).status === 200 || undefined);
  const before = await simulator.queries(account);
  const startedAt = performance.now();
  const { status, text } = await gateway.send('POST', `${path}/participants`, { action: 'add', participants: people });
  const took = performance.now() - startedAt;
  // To read 256 outcomes is the client's own work.
  const { partial } = JSON.parse(text) as { partial?: boolean };
  const stanzas = (await simulator.queries(account)) - before;
  if (status !== 200 || partial !== false || stanzas !== chunks(people).length) {
    throw new Error(`${status}, ${stanzas} stanzas, partial: ${partial}`);
  }
  return took - (stanzas - 1) * PAUSE_MS;
}

async function onSocket({ simulator, socket, rawAccount }: Rig, people: readonly string[]): Promise<number> {
  const groupJid = await simulator.createGroup(rawAccount, { subject: 'Batch', participants: [] });
  const startedAt = performance.now();
  const batch = chunks(people);
  for (const [index, chunk] of batch.entries()) {
    if (index > 0) await delay(PAUSE_MS);
    const results = await socket.groupParticipantsUpdate(groupJid, chunk, 'add');
    if (results.some(({ status }) => status !== '200')) throw new Error('an add failed on the raw socket');
  }
  return performance.now() - startedAt - (batch.length - 1) * PAUSE_MS;
}

function chunks(people: readonly string[]): string[][] {
  const count = Math.ceil(people.length / CHUNK);
  return Array.from({ length: count }, (_, index) => people.slice(index * CHUNK, (index + 1) * CHUNK));
}

async function setUp(lab: Lab): Promise<Rig> {
  const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
  const [account = '', rawAccount = ''] = phoneNumbers(1, 2);
  const phones = phoneNumbers(2, PARTICIPANTS);
  await simulator.createAccounts([account, rawAccount, ...phones]);
  const session = await database.link(simulator, account);
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  await gateway.working(1, 0);
  const socket = await rawSocket(simulator, await simulator.provision(rawAccount));
  const people = phones.map((phone) => `${phone}@s.whatsapp.net`);
  return { simulator, gateway, account, session, rawAccount, socket, people };
}
