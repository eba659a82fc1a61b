import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { GatewayProcess } from './support/gateway-process.js';

const SESSIONS = 5;

let database: TestDatabase;
let simulator: Simulator;
let processes: GatewayProcess[];
let key: string;

beforeEach(async () => {
  [database, simulator] = await Promise.all([cloneDatabase(), Simulator.start()]);
  processes = [];
});

afterEach(async () => {
  await Promise.all(processes.map((gateway) => gateway.end('SIGKILL')));
  await simulator.stop();
  await database.drop();
});

function start(): GatewayProcess {
  const gateway = GatewayProcess.spawn({
    DATABASE_URL: database.url,
    CREDENTIALS_KEY: Buffer.alloc(32, 7).toString('base64'),
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKey,
  });
  processes.push(gateway);
  return gateway;
}

interface View {
  id: string;
  status: string;
  statusReason?: string;
  code: string;
  data: View[];
}

async function call(gateway: GatewayProcess, method: string, path: string, body?: unknown): Promise<View> {
  const response = await fetch(`${await gateway.url()}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? ({} as View) : ((await response.json()) as View);
}

async function statusIs(gateway: GatewayProcess, id: string, status: string): Promise<void> {
  await eventually(async () => expect(await call(gateway, 'GET', `/sessions/${id}`)).toMatchObject({ status }));
}

async function link(gateway: GatewayProcess, phone: SimulatedPhone): Promise<string> {
  const { id } = await call(gateway, 'POST', '/sessions', { start: true });
  const { code } = await call(gateway, 'GET', `/sessions/${id}/qr?wait=20`);
  await phone.scanQr(code);
  await statusIs(gateway, id, 'working');
  return id;
}

const groupsOf = (gateway: GatewayProcess, id: string) => call(gateway, 'GET', `/sessions/${id}/groups`);

describe.each(['SIGKILL', 'SIGTERM'] as const)('a gateway that ends by %s and starts again (pain 1)', (signal) => {
  it('has every linked session back, none of them asked to pair again, and every group still stored', async () => {
    const first = start();
    key = await first.firstKey();
    const phones = Array.from({ length: SESSIONS }, (_, n) => simulator.createAccount({ phone: `628140000000${n}` }));
    phones.forEach((phone) => phone.createGroup({ subject: `Group of ${phone.number}` }));
    const ids = await Promise.all(phones.map((phone) => link(first, phone)));
    await eventually(async () => {
      for (const id of ids) expect((await groupsOf(first, id)).data).toHaveLength(1);
    });
    const stopped = ids[0] ?? '';
    await call(first, 'POST', `/sessions/${stopped}:stop`);
    const before = await Promise.all(ids.map((id) => groupsOf(first, id)));

    const end = await first.end(signal);
    if (signal === 'SIGTERM') expect(end).toEqual({ code: 0, signal: null });

    const second = start();
    expect(await Promise.all(ids.map((id) => groupsOf(second, id)))).toEqual(before);
    await Promise.all(ids.slice(1).map((id) => statusIs(second, id, 'working')));
    expect(await call(second, 'GET', `/sessions/${stopped}`)).toMatchObject({ status: 'stopped' });
    expect(phones.map((phone) => phone.devices().length)).toEqual(phones.map(() => 1));
    const name = { subject: 'After the restart' };
    const [group] = (await groupsOf(second, ids[1] ?? '')).data as unknown as { groupJid: string }[];
    await call(second, 'PATCH', `/sessions/${ids[1]}/groups/${group?.groupJid}`, name);
  });
});

describe('a gateway process', () => {
  it('shows a new code for a session that was about to be linked when the last one was killed', async () => {
    const first = start();
    key = await first.firstKey();
    const { id } = await call(first, 'POST', '/sessions', { start: true });
    await call(first, 'GET', `/sessions/${id}/qr?wait=20`);
    await first.end('SIGKILL');
    const second = start();
    const phone = simulator.createAccount({ phone: '6281500000001' });
    await phone.scanQr((await call(second, 'GET', `/sessions/${id}/qr?wait=20`)).code);
    await statusIs(second, id, 'working');
  });

  it('shows the first api-key on the terminal once, and never in the log', async () => {
    const first = start();
    key = await first.firstKey();
    await call(first, 'GET', '/sessions');
    await first.end('SIGTERM');
    expect(first.log.join('\n')).not.toContain(key);
    expect(first.log.join('\n')).not.toContain(key.slice(-43));
    const second = start();
    await second.url();
    await second.end('SIGTERM');
    expect(second.terminal.join('\n')).not.toMatch(/wa_/);
  });

  it('refuses to start beside another one on the same database, and says who holds it', async () => {
    const first = start();
    await first.url();
    const second = start();
    expect((await second.ended).code).toBe(1);
    expect(second.log.join('\n')).toMatch(/another gateway/i);
    key = await first.firstKey();
    await call(first, 'GET', '/sessions');
  });

  it('stops at once and says which variable is wrong', async () => {
    const gateway = GatewayProcess.spawn({ PORT: 'eighty', LOG_LEVEL: 'loud' });
    processes.push(gateway);
    expect((await gateway.ended).code).toBe(1);
    expect(gateway.log.join('\n')).toMatch(/PORT/);
    expect(gateway.log.join('\n')).toMatch(/LOG_LEVEL/);
  });
});
