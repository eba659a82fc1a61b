import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { WebSocket } from 'ws';
import { Simulator, type SimulatedPhone } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Guide, type Commands } from './support/guide.js';
import { GuideReceiver } from './support/guide-receiver.js';
import { Program } from './support/program.js';

const ROUNDS = ['receiver', 'gateway', 'receiver', 'gateway', 'both'] as const;
const CHANGES_PER_ROUND = 12;
/** The retries of what failed in the last round, reconnections included. */
const SETTLED_MS = 90_000;

let folder: string;
let database: TestDatabase;
let simulator: Simulator;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let group: string;
let gateway: Program;
let url: string;
let apiKey: string;
let guide: Guide;
let receiver: GuideReceiver;
let running: Commands[];

beforeEach(async () => {
  running = [];
  [database, simulator, folder] = await Promise.all([
    cloneDatabase(),
    Simulator.start(),
    mkdtemp(join(tmpdir(), 'guide-')),
  ]);
  me = simulator.createAccount({ phone: '6281900000001' });
  ada = simulator.createAccount({ phone: '6281900000002' });
  group = ada.createGroup({ subject: 'Group', participants: [me.jid] });
  gateway = startGateway('0');
  url = await gateway.url();
  apiKey = await eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key')));
  guide = await Guide.open('events.md', { 'wa_…': apiKey, 'http://127.0.0.1:3000': url });
  receiver = new GuideReceiver(guide, folder);
  await receiver.start();
  guide = guide.with(receiver.address);
});

afterEach(async () => {
  await Promise.all([...running.map((commands) => commands.kill()), receiver.kill(), killGateway()]);
  await simulator.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

function startGateway(port: string): Program {
  return Program.gateway(database.url, simulator, { PORT: port, WEBHOOK_ALLOW_PRIVATE: '127.0.0.1' });
}

async function killGateway(): Promise<void> {
  gateway.kill('SIGKILL');
  await gateway.exit();
}

async function restartGateway(): Promise<void> {
  gateway = startGateway(new URL(url).port);
  await gateway.url();
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return (await response.json()) as T;
}

/** A block of the guide's commands, in the folder, after the one that sets its values. */
function start(word: string): Commands {
  const commands = guide.start(word, { cwd: folder }, 'KEY=');
  running.push(commands);
  return commands;
}

async function link(): Promise<string> {
  const { id } = await call<{ id: string }>('POST', '/sessions', { start: true });
  const { code } = await call<{ code: string }>('GET', `/sessions/${id}/qr?wait=20`);
  await me.scanQr(code);
  await eventually(async () => {
    const { data } = await call<{ data: unknown[] }>('GET', `/sessions/${id}/groups`);
    expect(data).toHaveLength(1);
  });
  return id;
}

/** Ids of the whole log, in its order. */
async function logged(): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>('select id from events order by transaction_id, position');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

async function streamed(): Promise<string[]> {
  const lines = (await readFile(join(folder, 'events.ndjson'), 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

/** People come and go, without anything of ours being asked. */
function change(round: number): void {
  for (let turn = 0; turn < CHANGES_PER_ROUND; turn++) {
    const number = simulator.createAccount({ phone: String(6281910000000 + round * 100 + turn) });
    ada.add(group, [number.jid]);
    if (turn % 3 === 0) ada.promote(group, [number.jid]);
    if (turn % 4 === 0) ada.remove(group, [number.jid]);
  }
}

describe('the commands of the guide to events', () => {
  it('lose nothing while the receiver and the gateway are killed: what they keep equals the log', async () => {
    const { id: webhook } = JSON.parse(await start('"$URL/webhooks"').output()) as { id: string };
    expect(webhook).toMatch(/^wh_/);
    const session = await link();
    const before = await logged();
    await writeFile(join(folder, 'last-id'), before.at(-1) ?? '');
    start('touch last-id');

    for (const [round, victim] of ROUNDS.entries()) {
      change(round);
      await Promise.all([
        victim === 'gateway' ? undefined : receiver.kill(),
        victim === 'receiver' ? undefined : killGateway(),
      ]);
      change(ROUNDS.length + round);
      if (victim !== 'gateway') await receiver.start();
      if (victim !== 'receiver') await restartGateway();
      const known = (await receiver.kept()).length;
      await eventually(async () => expect((await receiver.kept()).length).toBeGreaterThan(known), SETTLED_MS);
    }

    await eventually(async () => {
      const { data } = await call<{ data: unknown[] }>('GET', `/sessions/${session}/groups/${group}/members`);
      expect(data).toHaveLength(simulator.world.group(group).members.size);
    }, SETTLED_MS);
    await eventually(async () => {
      const log = await logged();
      const kept = (await receiver.kept()).map(({ id }) => id);
      expect([...kept].sort()).toEqual([...log].sort());
      expect(await streamed()).toEqual(log.slice(before.length));
    }, SETTLED_MS);
  }, 240_000);

  it('get a ticket that opens a WebSocket', async () => {
    const { ticket } = JSON.parse(await start('realtime/ticket').output()) as { ticket: string };
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/realtime?ticket=${ticket}`);
    await once(socket, 'open');
    socket.terminate();
  });
});
