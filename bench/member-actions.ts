import type { WASocket } from '@whiskeysockets/baileys';
import { atMost, told, type Figure, type Row } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import type { Lab } from './support/lab.js';
import { rawSocket } from './support/raw-socket.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { median, ms, quantile } from './support/statistics.js';
import { until } from './support/wait.js';

const MEMBERS = 100;
const CALLS = 300;
/** Until then Node has not compiled all that a call runs through, here and there. */
const WARM_UP = 500;
const MOST_ABOVE_MS = 2;

type Action = 'add' | 'remove' | 'promote' | 'demote';
type Act = (action: Action, phone: string) => Promise<unknown>;

interface Rig {
  simulator: SimulatorProcess;
  /** The account that the gateway acts as. */
  account: string;
  gateway: Act;
  raw: Act;
  member: string;
  stranger: string;
}

/** One participant promoted, and one added, over HTTP and on a bare Baileys socket: the same calls, in turns. */
export const memberActions: Figure = {
  name: 'member-actions',
  async run(lab) {
    const rig = await setUp(lab);
    return [
      ...(await compare(rig, 'promote', 'demote', rig.member)),
      ...(await compare(rig, 'add', 'remove', rig.stranger)),
    ];
  },
};

async function compare(rig: Rig, action: Action, undo: Action, phone: string): Promise<Row[]> {
  const times = { gateway: [] as number[], raw: [] as number[] };
  const before = await rig.simulator.queries(rig.account);
  for (let round = 0; round < WARM_UP + CALLS; round++) {
    const order = round % 2 === 0 ? (['gateway', 'raw'] as const) : (['raw', 'gateway'] as const);
    for (const who of order) {
      const startedAt = performance.now();
      await rig[who](action, phone);
      const took = performance.now() - startedAt;
      await rig[who](undo, phone);
      if (round >= WARM_UP) times[who].push(took);
    }
  }
  const asked = (await rig.simulator.queries(rig.account)) - before;
  const [p50, rawP50] = [median(times.gateway), median(times.raw)];
  return [
    atMost(`${action} one, p50 above the raw socket`, {
      value: p50 - rawP50,
      most: MOST_ABOVE_MS,
      unit: 'ms',
      measured: ms(p50),
      baseline: ms(rawP50),
    }),
    told('  p95', ms(quantile(times.gateway, 0.95)), ms(quantile(times.raw, 0.95))),
    exactlyOne(asked / (2 * (WARM_UP + CALLS))),
  ];
}

function exactlyOne(perCall: number): Row {
  return { ...told('  queries to WhatsApp per call', String(perCall)), limit: '= 1', met: perCall === 1 };
}

async function setUp(lab: Lab): Promise<Rig> {
  const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
  // Two accounts, each in a group of its own: what one does is no news to the other.
  const [account = '', rawAccount = ''] = phoneNumbers(1, 2);
  const [stranger = '', member = '', ...others] = phoneNumbers(2, MEMBERS);
  await simulator.createAccounts([account, rawAccount, stranger, member, ...others]);
  const group = { subject: 'Hundred', participants: [member, ...others] };
  const [groupJid, rawGroupJid] = [
    await simulator.createGroup(account, group),
    await simulator.createGroup(rawAccount, group),
  ];
  const session = await database.link(simulator, account);
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  const path = `/sessions/${session}/groups/${groupJid}/members`;
  await until('the group to be stored', async () => (await gateway.send('GET', path)).status === 200 || undefined);
  const socket = await rawSocket(simulator, await simulator.provision(rawAccount));
  return {
    simulator,
    account,
    gateway: (action, phone) => throughGateway(gateway, path, action, phone),
    raw: (action, phone) => onSocket(socket, rawGroupJid, action, phone),
    member,
    stranger,
  };
}

async function throughGateway(gateway: Gateway, path: string, action: Action, phone: string): Promise<void> {
  if (action === 'add') await gateway.call('POST', path, { participants: [phone] });
  else if (action === 'remove') await gateway.call('DELETE', `${path}/${phone}`);
  else await gateway.call('POST', `${path}/${phone}/${action}`);
}

async function onSocket(socket: WASocket, groupJid: string, action: Action, phone: string): Promise<void> {
  const [result] = await socket.groupParticipantsUpdate(groupJid, [`${phone}@s.whatsapp.net`], action);
  if (result?.status !== '200') throw new Error(`${action} on the raw socket: ${result?.status}`);
}
