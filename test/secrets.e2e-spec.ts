import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator } from '#simulator';
import { Database } from '#store';
import { eventually } from './support/eventually.js';
import { linkSession } from './support/linked-session.js';
import { loggedEvents, telling } from './support/published-events.js';
import { startGateway, type Answer, type Sent, type TestGateway } from './support/start-gateway.js';

const CUSTOM_HEADER = 'x-receiver-token';
const CUSTOM_VALUE = 'only-the-receiver-gets-this-value';
const GIVEN_SECRET = 'a-webhook-secret-that-was-given-by-a-person';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Where a webhook posts to: says back all that it was sent, and refuses each first attempt. */
class Echo {
  readonly received: Received[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Echo> {
    const seen = new Set<string>();
    const echo = new Echo(
      createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (part: string) => (body += part));
        request.on('end', () => {
          echo.received.push({ headers: request.headers, body });
          const id = `${request.url} ${String(request.headers['x-webhook-request-id'])}`;
          response.statusCode = seen.has(id) ? 200 : 500;
          seen.add(id);
          response.end(JSON.stringify({ ...request.headers, body }));
        });
      }),
    );
    await once(echo.server.listen(0, '127.0.0.1'), 'listening');
    return echo;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

let simulator: Simulator;
let gateway: TestGateway;
let echo: Echo;
const answers: Answer[] = [];
/** By what it is. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  simulator = await Simulator.start();
  echo = await Echo.start();
  gateway = await startGateway({
    simulator,
    environment: { LOG_LEVEL: 'trace', WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' },
  });
});

afterAll(async () => {
  await gateway.close();
  await echo.stop();
  await simulator.stop();
});

async function ask(method: string, path: string, sent: Sent): Promise<unknown> {
  const answer = await gateway.request(method, `/api/v1${path}`, sent);
  answers.push(answer);
  return answer.body;
}

/** What of the secrets is in a text. */
function leaked(text: string): string[] {
  return [...secrets].flatMap(([name, value]) => (text.includes(value) ? [name] : []));
}

async function rowsOf(table: string): Promise<string[]> {
  const rows = await gateway.app
    .get(Database)
    .dataSource.query<{ row: string }[]>(`select to_jsonb(t)::text as row from ${table} t`);
  return rows.map(({ row }) => row);
}

describe('secrets', () => {
  beforeAll(async () => {
    const owner = await gateway.jwt();
    secrets.set('login token', owner);
    const made = (await ask('POST', '/api-keys', {
      token: owner,
      body: { name: 'mine', capabilities: ['read', 'send', 'manage', 'events'] },
    })) as { secret: string };
    const token = made.secret;
    secrets.set('api-key', token);
    secrets.set('credentials key', Buffer.alloc(32, 1).toString('base64'));
    secrets.set('credentials key in hex', Buffer.alloc(32, 1).toString('hex'));
    secrets.set('header value', CUSTOM_VALUE);
    secrets.set('given secret', GIVEN_SECRET);
    const hook = { events: ['*'], retryPolicy: { policy: 'constant', delaySeconds: 1, attempts: 5 } };
    await ask('POST', '/webhooks', {
      token,
      body: { ...hook, url: `${echo.url}one`, secret: GIVEN_SECRET, customHeaders: { [CUSTOM_HEADER]: CUSTOM_VALUE } },
    });
    const second = (await ask('POST', '/webhooks', { token, body: { ...hook, url: `${echo.url}two` } })) as {
      secret: string;
    };
    secrets.set('made secret', second.secret);

    const me = simulator.createAccount({ phone: '6281200000001', name: 'Me' });
    const ann = simulator.createAccount({ phone: '6281200000002', name: 'Ann' });
    const group = me.createGroup({ subject: 'Choir', participants: [] });
    const scan = me.scanQr.bind(me);
    me.scanQr = (code) => {
      // Reference, keys and the secret that the phone proves itself with; what follows is no secret.
      for (const [at, part] of code.split(',').slice(0, 4).entries()) secrets.set(`part ${at} of the QR code`, part);
      return scan(code);
    };
    const session = await linkSession(gateway, token, me, 1);

    const other = simulator.createAccount({ phone: '6281200000003', name: 'Other' });
    const { id } = (await ask('POST', '/sessions', { token, body: {} })) as { id: string };
    const { code } = (await ask('POST', `/sessions/${id}/pairing-code`, { token, body: { phone: other.number } })) as {
      code: string;
    };
    secrets.set('pairing code', code);
    await other.enterPairingCode(code);

    const path = `/sessions/${session}/groups/${group}`;
    for (const method of ['GET', 'DELETE']) {
      const { invite } = (await ask(method, `${path}/invite`, { token })) as { invite: string };
      secrets.set(`invite by ${method}`, invite.split('/').at(-1) ?? '');
    }
    secrets.set('invite reset on the phone', me.resetInvite(group));
    await ask('POST', `/sessions/${session}/groups:join`, { token, body: { invite: me.inviteCode(group) } });
    await ask('POST', `${path}/members`, { token, body: { participants: [ann.number] } });

    const { ticket } = (await ask('POST', '/realtime/ticket', { token, body: {} })) as { ticket: string };
    secrets.set('ticket', ticket);
    await ask('GET', `/realtime?ticket=${ticket}`, {});

    await loggedEvents(gateway, telling(['group.participant', { groupJid: group, sender: me.jid, join: [ann.jid] }]));
    await eventually(() => {
      const { length } = echo.received.filter(({ body }) => body.includes(ann.jid));
      // Both webhooks, each refused once.
      if (length < 4) throw new Error(`${length} of 4 have arrived`);
    }, 30_000);
  });

  it('are known to this test', () => {
    expect([...secrets.keys()]).toEqual(
      expect.arrayContaining(['part 3 of the QR code', 'pairing code', 'invite by DELETE', 'made secret', 'ticket']),
    );
    for (const [name, value] of secrets) expect([name, value.length >= 8]).toEqual([name, true]);
  });

  it('are in no event', async () => {
    const events = await rowsOf('events');
    for (const name of ['session.status', 'auth.qr', 'auth.code', 'group.participant']) {
      expect([name, events.some((row) => row.includes(`"event": "${name}"`))]).toEqual([name, true]);
    }
    for (const row of events) expect([row, leaked(row)]).toEqual([row, []]);
  });

  it('are in nothing that a webhook posts, but for the header that is asked for', () => {
    for (const { headers, body } of echo.received) {
      const { [CUSTOM_HEADER]: custom, ...rest } = headers;
      expect([undefined, CUSTOM_VALUE]).toContain(custom);
      expect(leaked(`${body}\n${JSON.stringify(rest)}`)).toEqual([]);
    }
  });

  it('are in nothing that is kept of a delivery, though the endpoint says them back', async () => {
    const deliveries = await rowsOf('webhook_deliveries');
    expect(deliveries.length).toBeGreaterThan(0);
    for (const row of deliveries) expect([row, leaked(row)]).toEqual([row, []]);
  });

  it('are in no header of an answer', () => {
    for (const { headers } of answers) expect(leaked(JSON.stringify([...headers]))).toEqual([]);
  });

  it('are in no line of the log', () => {
    const lines = gateway.log.map((line) => JSON.stringify(line));
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect([line, leaked(line)]).toEqual([line, []]);
  });
});
