import { isDeepStrictEqual } from 'node:util';
import { MemberRepository, type Database, type Statement } from '#store';
import { atLeast, atMost, type Figure, type Row } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import { call } from './support/http.js';
import type { Lab } from './support/lab.js';
import { load, type Load } from './support/load.js';
import type { RawServerParameters } from './support/raw-server.js';
import type { SeededDatabase } from './support/seeded-database.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { median, ms, quantile } from './support/statistics.js';
import { freePort, until } from './support/wait.js';

const MEMBERS = 100;
const ROUNDS = 7;
const SECONDS = 3;
const LEAST_RATIO = 1;
/** With `If-None-Match`. */
const LEAST_RATIO_UNCHANGED = 1.5;
const MOST_TAIL = 5;
/** As the gateway's own. */
const POOL_SIZE = 10;
const DATABASE_OPTIONS = '-c plan_cache_mode=force_generic_plan';

interface Rig {
  simulator: SimulatorProcess;
  gateway: Gateway;
  /** The two addresses that answer the same. */
  gatewayUrl: string;
  rawUrl: string;
  token: string;
  /** Of what both answer. */
  etag: string;
}

interface Measured {
  raw: Load[];
  gateway: Load[];
  /** With `If-None-Match`. */
  unchanged: Load[];
}

/** The members of one group, as an api-key lists them, against `node:http` and `pg` with the same query. */
export const listMembers: Figure = {
  name: 'list-members',
  async run(lab) {
    const rig = await setUp(lab);
    await measure(rig, 1);
    const before = await rig.simulator.queries();
    const connected = await measure(rig, ROUNDS);
    const asked = (await rig.simulator.queries()) - before;
    await rig.simulator.goOffline();
    await until('the session to lose its connection', async () => {
      const { data } = await rig.gateway.call<{ data: { status: string }[] }>('GET', '/sessions');
      return data.every(({ status }) => status !== 'working') || undefined;
    });
    const away = await measure(rig, ROUNDS);
    const askedAway = (await rig.simulator.queries()) - before - asked;
    return [...rows('', connected, asked), ...rows(', WhatsApp away', away, askedAway)];
  },
};

function rows(when: string, { raw, gateway, unchanged }: Measured, asked: number): Row[] {
  const latencies = gateway.flatMap((round) => round.latencies);
  const [p50, p99] = [median(latencies), quantile(latencies, 0.99)];
  const rawLatencies = raw.flatMap((round) => round.latencies);
  const ratio = (loads: Load[]): number =>
    median(loads.map((round, index) => round.requestsPerSecond / (raw[index]?.requestsPerSecond ?? NaN)));
  const rate = (loads: Load[]): string => `${median(loads.map((one) => one.requestsPerSecond)).toFixed(0)}/s`;
  return [
    atLeast(`list ${MEMBERS} members${when}`, rate(gateway), rate(raw), ratio(gateway), LEAST_RATIO),
    atLeast(`  with If-None-Match${when}`, rate(unchanged), rate(raw), ratio(unchanged), LEAST_RATIO_UNCHANGED),
    atMost(
      `  p99 over p50${when}`,
      {
        value: p99 / p50,
        most: MOST_TAIL,
        unit: '×',
        measured: `${ms(p99)} / ${ms(p50)}`,
        baseline: `${ms(quantile(rawLatencies, 0.99))} / ${ms(median(rawLatencies))}`,
      },
      1,
    ),
    atMost(`  queries to WhatsApp${when}`, { value: asked, most: 0, unit: '' }),
  ];
}

/** Side by side, in turns, and the first turn changes: what else the machine does falls on both. */
async function measure(rig: Rig, rounds: number): Promise<Measured> {
  const measured: Measured = { raw: [], gateway: [], unchanged: [] };
  const turns = [
    async () => void measured.raw.push(await load(rig.rawUrl, SECONDS)),
    async () => void measured.gateway.push(await load(rig.gatewayUrl, SECONDS, { token: rig.token })),
    async () => void measured.unchanged.push(await load(rig.gatewayUrl, SECONDS, { token: rig.token, etag: rig.etag })),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return measured;
}

async function setUp(lab: Lab): Promise<Rig> {
  const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
  const [phone = '', ...others] = phoneNumbers(1, MEMBERS);
  await simulator.createAccounts([phone, ...others]);
  const groupJid = await simulator.createGroup(phone, { subject: 'Hundred', participants: others });
  const sessionId = await database.link(simulator, phone);
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  const path = `/sessions/${sessionId}/groups/${groupJid}/members`;
  await until('the group to be stored', async () => (await gateway.send('GET', path)).status === 200 || undefined);
  const gatewayUrl = `${gateway.url}/api/v1${path}`;
  const rawUrl = await startRaw(lab, database, sessionId, groupJid);
  const [list, rawList] = await Promise.all([gateway.call<List>('GET', path), call<List>('GET', rawUrl)]);
  if (list.data.length !== MEMBERS || !isDeepStrictEqual(list, rawList)) {
    throw new Error('gateway and baseline do not answer the same');
  }
  const { headers } = await gateway.send('GET', path);
  return { simulator, gateway, gatewayUrl, rawUrl, token: database.apiKey, etag: headers.etag ?? '' };
}

interface List {
  data: unknown[];
}

async function startRaw(lab: Lab, database: SeededDatabase, sessionId: string, groupJid: string): Promise<string> {
  const port = await freePort();
  const query = await queryOf(sessionId, groupJid);
  const settings = { port, databaseUrl: database.url, poolSize: POOL_SIZE, databaseOptions: DATABASE_OPTIONS };
  const parameters: RawServerParameters = { ...settings, ...query, sessionId, groupJid };
  const raw = lab.helper('raw-server', parameters);
  const url = `http://127.0.0.1:${port}/`;
  await until('the baseline', async () => {
    raw.assertRunning();
    return call('GET', url).catch(() => undefined);
  });
  return url;
}

/** The very query that the gateway sends, taken from the one who sends it. */
async function queryOf(sessionId: string, groupJid: string): Promise<{ statement: Statement; values: unknown[] }> {
  let query: { statement: Statement; values: unknown[] } | undefined;
  const database: Pick<Database, 'tuples'> = {
    tuples: <R extends unknown[]>(statement: Statement, values: unknown[]) => {
      query = { statement, values };
      return Promise.resolve([['group', null]] as unknown as R[]);
    },
  };
  await new MemberRepository(database as Database).list({ organizationId: 'default' }, sessionId, groupJid, {});
  if (!query) throw new Error('the list of members sent no query');
  return query;
}
