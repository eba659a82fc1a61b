import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Simulator, type SimulatedPhone } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Program } from './support/program.js';

let database: TestDatabase;
let client: pg.Client;
let simulator: Simulator;
let programs: Program[];
let apiKey: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let ada: SimulatedPhone;
let group: string;

beforeEach(async () => {
  [database, simulator] = await Promise.all([cloneDatabase(), Simulator.start()]);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  programs = [];
  me = simulator.createAccount({ phone: '6281900000001' });
  owner = simulator.createAccount({ phone: '6281900000002' });
  ada = simulator.createAccount({ phone: '6281900000003' });
  group = owner.createGroup({ subject: 'Group', participants: [me.jid, ada.jid], approval: true });
  owner.promote(group, [me.jid]);
});

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.map((program) => program.exit()));
  await client.end();
  await simulator.stop();
  await database.drop();
});

function start(): Program {
  const gateway = Program.gateway(database.url, simulator);
  programs.push(gateway);
  return gateway;
}

async function call(gateway: Program, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${await gateway.url()}/api/v1/sessions${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** A gateway whose session has read its groups. */
async function linked(): Promise<Program> {
  const gateway = start();
  await gateway.url();
  apiKey = await eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key')));
  const { id } = (await (await call(gateway, 'POST', '', { start: true })).json()) as { id: string };
  const { code } = (await (await call(gateway, 'GET', `/${id}/qr?wait=20`)).json()) as { code: string };
  await me.scanQr(code);
  await eventually(async () => expect((await call(gateway, 'GET', `/${id}/groups/${group}`)).status).toBe(200));
  return gateway;
}

const acknowledged = (): { tag: string; type: string; to: string } => ({ tag: 'ack', type: 'w:gp2', to: group });

async function rows<R>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await client.query(text, values)).rows as R[];
}

async function roleOf(person: SimulatedPhone): Promise<string | undefined> {
  const [row] = await rows<{ role: string }>('select role from group_members where phone_jid = $1', [person.jid]);
  return row?.role;
}

/** The payloads of all events of that name, in the order of the log. */
async function told(event: string): Promise<unknown[]> {
  const text = 'select payload from events where event = $1 order by transaction_id, position';
  return (await rows<{ payload: unknown }>(text, [event])).map(({ payload }) => payload);
}

/** Whoever waits for a lock in a statement with these words. */
async function waiting(words: string): Promise<number> {
  return eventually(async () => {
    const [row] = await rows<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
      [`%${words}%`],
    );
    if (!row) throw new Error(`nobody waits to ${words}`);
    return row.pid;
  });
}

describe('a notification of a group', () => {
  it.each([
    ['before it was stored', false],
    ['when it was stored, and not acknowledged', true],
  ])('is told again, and is in the log once, with its actor, when the gateway is killed %s', async (_, isStored) => {
    const first = await linked();
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select id from groups for update');
    simulator.log.clear();
    owner.promote(group, [ada.jid]);
    const pid = await waiting('update groups');
    first.kill('SIGKILL');
    await first.exit();
    // A statement whose client is gone takes place all the same, unless somebody ends it.
    if (!isStored) await rows('select pg_terminate_backend($1, 5000)', [pid]);
    await holder.end();
    await eventually(async () => expect(await roleOf(ada)).toBe(isStored ? 'admin' : 'member'));
    expect(simulator.log.count(acknowledged())).toBe(0);

    const again = simulator.log.next(acknowledged(), 20_000);
    start();
    await again;
    expect(await roleOf(ada)).toBe('admin');
    expect(await told('group.participant')).toEqual([{ groupJid: group, sender: owner.jid, promote: [ada.jid] }]);
  });

  it('that tells of somebody who wants to join is told again, and is in the log once, with its actor', async () => {
    const first = await linked();
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    // Nothing is stored of a request but its event.
    await holder.query('begin');
    await holder.query('lock table events in exclusive mode');
    simulator.log.clear();
    const bert = simulator.createAccount({ phone: '6281900000004' });
    bert.joinByInvite(owner.inviteCode(group));
    const pid = await waiting('insert into events');
    first.kill('SIGKILL');
    await first.exit();
    await rows('select pg_terminate_backend($1, 5000)', [pid]);
    await holder.end();
    expect([await told('group.join_request'), simulator.log.count(acknowledged())]).toEqual([[], 0]);

    const again = simulator.log.next(acknowledged(), 20_000);
    start();
    await again;
    expect(await told('group.join_request')).toMatchObject([
      { groupJid: group, sender: bert.jid, action: 'created', participants: [bert.jid] },
    ]);
  });
});
