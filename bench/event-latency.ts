import type { WASocket } from '@whiskeysockets/baileys';
import { atMost, sized, told } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { pace } from './support/pace.js';
import { rawSocket } from './support/raw-socket.js';
import { now, Receiver, type Envelope } from './support/receiver.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { ms, quantile } from './support/statistics.js';
import { until } from './support/wait.js';

const SESSIONS = 10;
const PEOPLE = 50;
const MOST_P50_MS = 50;
const MOST_P99_MS = 250;
const WARM_UP_SECONDS = 5;

type Change = 'promote' | 'demote';

interface Rig {
  simulator: SimulatorProcess;
  /** Account and group of each session; the raw socket's account is in all of the groups. */
  groups: readonly { account: string; groupJid: string }[];
  people: readonly string[];
}

/** From a change in WhatsApp to the endpoint that hears of it, beside a bare Baileys socket that does. */
export const eventLatency = sized({
  name: 'event-latency',
  size: { rate: 100, seconds: 20 },
  async run(lab, { rate, seconds }) {
    const changes = new Map<string, number>();
    const took = { webhook: [] as number[], raw: [] as number[] };
    const since = (who: number[], key: string, at: number): void => {
      const startedAt = changes.get(key);
      if (startedAt !== undefined) who.push(at - startedAt);
    };
    const receiver = await Receiver.start((envelope, at) => {
      for (const key of keysOf(envelope)) since(took.webhook, key, at);
    });
    const rig = await setUp(lab, receiver.url, (groupJid, phone, change, at) =>
      since(took.raw, keyOf(groupJid, phone, change), at),
    );
    const change = async (index: number): Promise<void> => {
      const { account, groupJid, phone, action } = nth(rig, index);
      changes.set(keyOf(groupJid, phone, action), now());
      await rig.simulator.act(groupJid, action, account, [phone]);
    };
    await pace(rate, WARM_UP_SECONDS, change);
    await until('the last of the warm-up', () => took.webhook.length >= rate * WARM_UP_SECONDS || undefined);
    const [webhookBefore, rawBefore] = [took.webhook.length, took.raw.length];
    await pace(rate, seconds, (index) => change(index + rate * WARM_UP_SECONDS));
    await until('the last event', () => took.webhook.length - webhookBefore >= rate * seconds || undefined);
    await receiver.close();
    const [webhook, raw] = [took.webhook.slice(webhookBefore), took.raw.slice(rawBefore)];
    const row = (share: number, most: number) =>
      atMost(`from WhatsApp's change to the endpoint at ${rate} a second, p${100 * share}`, {
        value: quantile(webhook, share),
        most,
        unit: 'ms',
        baseline: `${ms(quantile(raw, share))} to a raw socket`,
      });
    return [
      row(0.5, MOST_P50_MS),
      row(0.99, MOST_P99_MS),
      told('  events', String(webhook.length), String(raw.length)),
    ];
  },
});

/** Each person of each group is made an admin, one after the other, and then no admin again, and so on. */
function nth(
  { groups, people }: Rig,
  index: number,
): { account: string; groupJid: string; phone: string; action: Change } {
  const place = index % (groups.length * people.length);
  const group = groups[place % groups.length];
  const phone = people[Math.floor(place / groups.length)];
  if (!group || phone === undefined) throw new Error('nobody to change');
  const isOdd = Math.floor(index / (groups.length * people.length)) % 2 === 1;
  return { ...group, phone, action: isOdd ? 'demote' : 'promote' };
}

function keyOf(groupJid: string, phone: string, change: Change): string {
  return `${groupJid} ${phone} ${change}`;
}

function keysOf({ payload }: Envelope): string[] {
  return (['promote', 'demote'] as const).flatMap((change) => {
    const jids = (payload[change] ?? []) as string[];
    return jids.map((jid) => keyOf(String(payload['groupJid']), jid.split('@')[0] ?? '', change));
  });
}

async function setUp(
  lab: Lab,
  url: string,
  hear: (groupJid: string, phone: string, change: Change, at: number) => void,
): Promise<Rig> {
  const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
  const [rawAccount = '', ...accounts] = phoneNumbers(1, SESSIONS + 1);
  const people = phoneNumbers(2, PEOPLE);
  await simulator.createAccounts([rawAccount, ...accounts, ...people]);
  const groups = [];
  for (const account of accounts) {
    const groupJid = await simulator.createGroup(account, {
      subject: 'Latency',
      participants: [rawAccount, ...people],
    });
    await database.link(simulator, account);
    groups.push({ account, groupJid });
  }
  const gateway = await lab.gateway({ database, simulator, environment: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32' } });
  await gateway.ready();
  await database.working(SESSIONS, 0);
  await database.groupsStored(SESSIONS);
  await gateway.call('POST', '/webhooks', { url, events: ['group.participant'] });
  listen(await rawSocket(simulator, await simulator.provision(rawAccount)), hear);
  return { simulator, groups, people };
}

function listen(socket: WASocket, hear: (groupJid: string, phone: string, change: Change, at: number) => void): void {
  socket.ev.on('group-participants.update', ({ id, participants, action }) => {
    const at = now();
    if (action !== 'promote' && action !== 'demote') return;
    for (const { phoneNumber, id: jid } of participants) hear(id, (phoneNumber ?? jid).split('@')[0] ?? '', action, at);
  });
}
