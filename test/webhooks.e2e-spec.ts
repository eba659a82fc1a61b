import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, WebhookRepository, type WebhookConfiguration } from '#store';
import { type Answer, startGateway, type TestGateway } from './support/start-gateway.js';

interface Webhook {
  id: string;
  url: string;
  events: string[];
  sessionId?: string;
  sessionIds?: string[];
  customHeaders: Record<string, null>;
  retryPolicy: object;
  active: boolean;
  pausedReason?: string;
  createdAt: number;
  updatedAt: number;
  secret?: string;
}

const PATH = '/api/v1/webhooks';
const URL = 'https://example.com/hook';
const SECRET = 'a secret that nobody may see';
const TOKEN = 'Bearer that-nobody-may-see';
const NOT_FOUND = { status: 404, body: { error: { code: 'not_found', message: 'webhook not found', details: {} } } };

let gateway: TestGateway;
let owner: string;

beforeAll(async () => {
  gateway = await startGateway({ environment: { WEBHOOK_ALLOW_PRIVATE: '10.7.0.0/16' } });
  owner = await gateway.jwt();
});

afterAll(() => gateway.close());

function create(body: object, token = owner): Promise<Answer> {
  return gateway.request('POST', PATH, { token, body });
}

async function created(body: object = {}, token = owner): Promise<Webhook> {
  const answer = await create({ url: URL, events: ['*'], ...body }, token);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as Webhook;
}

function patch(id: string, body: object, token = owner): Promise<Answer> {
  return gateway.request('PATCH', `${PATH}/${id}`, { token, body });
}

async function patched(id: string, body: object, token = owner): Promise<Webhook> {
  const answer = await patch(id, body, token);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Webhook;
}

async function shown(id: string, token = owner): Promise<Webhook> {
  const answer = await gateway.request('GET', `${PATH}/${id}`, { token });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Webhook;
}

async function listed(token: string): Promise<string[]> {
  const { body } = await gateway.request('GET', PATH, { token });
  return (body as { data: Webhook[] }).data.map(({ id }) => id);
}

async function session(token = owner): Promise<string> {
  const { body } = await gateway.request('POST', '/api/v1/sessions', { token, body: {} });
  return (body as { id: string }).id;
}

async function stored(id: string): Promise<WebhookConfiguration> {
  const configuration = await gateway.app.get(WebhookRepository).configurationOf(id);
  if (!configuration) throw new Error('there is no such webhook');
  return configuration;
}

function query(text: string, values: unknown[]): Promise<unknown> {
  return gateway.app.get(Database).dataSource.query(text, values);
}

function fields(...paths: string[]): object {
  return {
    status: 400,
    body: {
      error: { code: 'validation_error', details: { fields: paths.map((path) => expect.objectContaining({ path })) } },
    },
  };
}

const conflict = (reason: string): object => ({
  status: 409,
  body: { error: { code: 'conflict', details: { reason } } },
});

describe('POST /webhooks', () => {
  it('answers 201 with the webhook and, this once, the secret that was made for it', async () => {
    const { status, body } = await create({ url: URL, events: ['*'] });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^wh_[0-9A-Z]{26}$/),
        organizationId: 'default',
        url: URL,
        events: ['*'],
        customHeaders: {},
        retryPolicy: { policy: 'exponential', delaySeconds: 2, attempts: 15 },
        active: true,
        createdBy: 'person',
        createdAt: expect.any(Number),
        updatedAt: expect.any(Number),
        secret: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    const { id, secret } = body as Webhook;
    expect((await stored(id)).secrets).toEqual({ secret, headers: {} });
    expect(await shown(id)).not.toHaveProperty('secret');
  });

  it('keeps all that it is given, and shows no secret of it', async () => {
    const sessionId = await session();
    const retryPolicy = { policy: 'constant', delaySeconds: 60, attempts: 3 };
    const given = {
      url: 'HTTP://Example.com:8080/a?b=c',
      events: ['group.participant', 'auth.qr'],
      sessionId,
      retryPolicy,
    };
    const made = await created({ ...given, secret: SECRET, customHeaders: { Authorization: TOKEN }, active: false });
    expect(made).toMatchObject({ ...given, customHeaders: { Authorization: null }, active: false });
    expect(made).not.toHaveProperty('secret');
    expect((await stored(made.id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: TOKEN } });
    expect(await shown(made.id)).toEqual(made);
  });

  it('takes part of a retry policy, and the rest as usual', async () => {
    const { retryPolicy } = await created({ retryPolicy: { attempts: 50 } });
    expect(retryPolicy).toEqual({ policy: 'exponential', delaySeconds: 2, attempts: 50 });
  });

  it('names every field that is missing, unknown or wrong', async () => {
    expect(await create({})).toMatchObject(fields('url', 'events'));
    const wrong = { url: 1, events: '*', sessionId: 2, secret: 3, customHeaders: [], retryPolicy: 4, active: 'yes' };
    expect(await create(wrong)).toMatchObject(fields(...Object.keys(wrong)));
    expect(await create({ url: URL, events: ['*'], pausedReason: 'x', id: 'wh_1' })).toMatchObject(
      fields('pausedReason', 'id'),
    );
    expect(await create({ url: URL, events: ['*'], sessionId: null })).toMatchObject(fields('sessionId'));
  });

  it('names a url, an event and a session at once', async () => {
    const body = { url: 'http://127.0.0.1/', events: ['*', 'auth.qr'], sessionId: 'unknown' };
    expect(await create(body)).toMatchObject(fields('url', 'events', 'sessionId'));
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'example.com/hook',
    '//example.com/hook',
    'https://',
    'https:// example.com/',
    ' https://example.com/',
    'https://exa\nmple.com/',
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://:password@example.com/',
    `https://example.com/${'x'.repeat(2_029)}`,
    '',
  ])('refuses the url %j', async (url) => {
    expect(await create({ url, events: ['*'] })).toMatchObject(fields('url'));
  });

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1:8080/hook',
    'http://①②⑦.0.0.1/',
    'http://localhost/',
    'http://hook.localhost./',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://192.168.1.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://0/',
  ])('refuses %s, which leads to no public address', async (url) => {
    const answer = await create({ url, events: ['*'] });
    expect(answer).toMatchObject(fields('url'));
    expect(JSON.stringify(answer.body)).toContain('leads to an address that webhooks may not reach');
  });

  it('takes an address that the operator lists, and one that is public', async () => {
    await created({ url: 'http://10.7.1.2/hook' });
    await created({ url: 'https://1.1.1.1/hook' });
    await created({ url: `https://example.com/${'x'.repeat(2_028)}` });
  });

  it('refuses events that are none, none at all, or given twice', async () => {
    const of = (...events: unknown[]): Promise<Answer> => create({ url: URL, events });
    expect(await of()).toMatchObject(fields('events'));
    expect(await of('session.status', 'session.gone', 7)).toMatchObject(fields('events[1]', 'events[2]'));
    expect(await of('auth.qr', 'session.status', 'auth.qr')).toMatchObject(fields('events[2]'));
    expect(await of('auth.qr', '*')).toMatchObject(fields('events'));
  });

  it('refuses a session that is not there, is malformed or is of another organization', async () => {
    const foreign = await session(await gateway.jwt({ org: 'another' }));
    for (const sessionId of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nothing', foreign]) {
      expect(await create({ url: URL, events: ['*'], sessionId })).toMatchObject(fields('sessionId'));
    }
  });

  it('takes a secret of 16 to 256 printable characters', async () => {
    const withSecret = (secret: string): Promise<Answer> => create({ url: URL, events: ['*'], secret });
    for (const secret of ['x'.repeat(16), '~'.repeat(256)]) {
      expect(await withSecret(secret)).toMatchObject({ status: 201 });
    }
    for (const secret of [
      '',
      'x'.repeat(15),
      'x'.repeat(257),
      `${'x'.repeat(20)}\n`,
      `${'x'.repeat(20)}é`,
      ' '.repeat(20),
    ]) {
      expect(await withSecret(secret)).toMatchObject(fields('secret'));
    }
  });

  it.each([
    ['Host', 'x'],
    ['Content-Length', '1'],
    ['content-type', 'x'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'close'],
    ['Keep-Alive', 'x'],
    ['TE', 'x'],
    ['Trailer', 'x'],
    ['Upgrade', 'x'],
    ['Proxy-Authorization', 'x'],
    ['X-Webhook-Hmac', 'x'],
    ['x-webhook-anything', 'x'],
    ['', 'x'],
    ['two words', 'x'],
    ['Colon:', 'x'],
    ['Ünïcode', 'x'],
    ['X-Break', 'one\r\nX-Webhook-Hmac: two'],
    ['X-Nul', 'a\0b'],
    ['X-Accent', 'é'],
    ['X-Blank', ' x'],
    ['X-Empty', ''],
    ['X-Number', 7],
    ['X-Null', null],
  ])('refuses the header %j: %j', async (name, value) => {
    const customHeaders = { 'X-Good': 'value', [name]: value };
    expect(await create({ url: URL, events: ['*'], customHeaders })).toMatchObject(fields(`customHeaders.${name}`));
  });

  it('refuses a header of more than a KiB, its name included', async () => {
    const withHeader = (name: string, value: string): Promise<Answer> =>
      create({ url: URL, events: ['*'], customHeaders: { [name]: value } });
    for (const [name, length] of [
      ['X-Long', 1_018],
      ['x'.repeat(1_000), 24],
    ] as const) {
      expect(await withHeader(name, 'x'.repeat(length))).toMatchObject({ status: 201 });
      expect(await withHeader(name, 'x'.repeat(length + 1))).toMatchObject(fields(`customHeaders.${name}`));
    }
  });

  it('refuses more headers than twenty, and one that is given twice', async () => {
    const headers = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`X-${n}`, 'x']));
    expect(await create({ url: URL, events: ['*'], customHeaders: headers(21) })).toMatchObject(
      fields('customHeaders'),
    );
    expect(await create({ url: URL, events: ['*'], customHeaders: { 'X-A': '1', 'x-a': '2' } })).toMatchObject(
      fields('customHeaders.X-A', 'customHeaders.x-a'),
    );
    await created({ customHeaders: headers(20) });
  });

  it.each(['constructor', '__proto__', 'toString'])('refuses a header that is named %s', async (name) => {
    const body = `{"url":"${URL}","events":["*"],"customHeaders":{"${name}":"value"}}`;
    expect(await gateway.request('POST', PATH, { token: owner, body })).toMatchObject(fields(`customHeaders.${name}`));
  });

  it.each([
    ['policy', 'linear'],
    ['delaySeconds', 0],
    ['delaySeconds', 3_601],
    ['delaySeconds', 1.5],
    ['attempts', 0],
    ['attempts', 51],
    ['jitter', 1],
  ])('refuses a retry policy with %s %j', async (name, value) => {
    expect(await create({ url: URL, events: ['*'], retryPolicy: { [name]: value } })).toMatchObject(
      fields(`retryPolicy.${name}`),
    );
  });

  it('answers 409 once the organization has fifty', async () => {
    const token = await gateway.jwt({ org: 'busy' });
    for (let n = 0; n < 50; n++) await created({}, token);
    expect(await create({ url: URL, events: ['*'] }, token)).toMatchObject(conflict('webhook_limit'));
    const [first = ''] = await listed(token);
    await gateway.request('DELETE', `${PATH}/${first}`, { token });
    await created({}, token);
  });
});

describe('PATCH /webhooks/{id}', () => {
  it('changes what it is given, and nothing else', async () => {
    const made = await created({ secret: SECRET, customHeaders: { Authorization: TOKEN } });
    const { updatedAt, ...rest } = made;
    const changed = await patched(made.id, { events: ['auth.code'], retryPolicy: { delaySeconds: 9 } });
    expect(changed).toEqual({
      ...rest,
      events: ['auth.code'],
      retryPolicy: { policy: 'exponential', delaySeconds: 9, attempts: 15 },
      updatedAt: expect.any(Number),
    });
    expect(changed.updatedAt).toBeGreaterThanOrEqual(updatedAt);
    expect(await shown(made.id)).toEqual(changed);
    expect((await stored(made.id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: TOKEN } });
  });

  it('gives it another secret, which it shows as little as the first', async () => {
    const { id } = await created({ customHeaders: { Authorization: TOKEN } });
    const another = 'another secret of sixteen';
    expect(JSON.stringify(await patched(id, { secret: another }))).not.toContain(another);
    expect((await stored(id)).secrets).toEqual({ secret: another, headers: { Authorization: TOKEN } });
  });

  it('replaces the headers, and keeps the values of those that are null', async () => {
    const { id } = await created({ secret: SECRET, customHeaders: { Authorization: TOKEN, 'X-Old': 'old' } });
    const { customHeaders } = await shown(id);
    await patched(id, { customHeaders });
    expect((await stored(id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: TOKEN, 'X-Old': 'old' } });
    const changed = await patched(id, { customHeaders: { authorization: null, 'X-New': 'new' } });
    expect(changed.customHeaders).toEqual({ authorization: null, 'X-New': null });
    expect((await stored(id)).secrets).toEqual({ secret: SECRET, headers: { authorization: TOKEN, 'X-New': 'new' } });
    await patched(id, { customHeaders: {} });
    expect((await stored(id)).secrets).toEqual({ secret: SECRET, headers: {} });
  });

  it('refuses to keep a value that is not there', async () => {
    const { id } = await created({ customHeaders: { Authorization: TOKEN } });
    const answer = await patch(id, { customHeaders: { Authorization: null, 'X-Unknown': null } });
    expect(answer).toMatchObject(fields('customHeaders.X-Unknown'));
    expect((await stored(id)).secrets.headers).toEqual({ Authorization: TOKEN });
  });

  it('sends no stored value of a header to another host: it has to be given again', async () => {
    const { id } = await created({ customHeaders: { Authorization: TOKEN } });
    const url = 'https://elsewhere.example/hook';
    expect(await patch(id, { url })).toMatchObject(fields('customHeaders'));
    expect(await patch(id, { url, customHeaders: { Authorization: null } })).toMatchObject(
      fields('customHeaders.Authorization'),
    );
    expect((await shown(id)).url).toBe(URL);
    expect(await patched(id, { url: 'https://example.com/other' })).toMatchObject({ url: 'https://example.com/other' });
    await patched(id, { url, customHeaders: { Authorization: 'Bearer anew' } });
    expect((await stored(id)).secrets.headers).toEqual({ Authorization: 'Bearer anew' });
    const plain = await created();
    await patched(plain.id, { url });
  });

  it('ends a pause with active: true, and whoever switches it off takes the reason away', async () => {
    const { id } = await created();
    const pause = (): Promise<unknown> =>
      gateway.app.get(WebhookRepository).revise({ organizationId: 'default' }, id, ({ webhook }) => ({
        ...webhook,
        active: false,
        pausedReason: 'failing',
      }));
    await pause();
    expect(await shown(id)).toMatchObject({ active: false, pausedReason: 'failing' });
    expect(await patched(id, { events: ['auth.qr'] })).toMatchObject({ active: false, pausedReason: 'failing' });
    const resumed = await patched(id, { active: true });
    expect(resumed.active).toBe(true);
    expect(resumed).not.toHaveProperty('pausedReason');
    await pause();
    expect(await patched(id, { active: false })).not.toHaveProperty('pausedReason');
  });

  it('limits it to a session, and to none with null', async () => {
    const [sessionId, foreign] = [await session(), await session(await gateway.jwt({ org: 'another' }))];
    const { id } = await created();
    expect(await patched(id, { sessionId })).toMatchObject({ sessionId });
    expect(await patch(id, { sessionId: foreign })).toMatchObject(fields('sessionId'));
    expect(await patched(id, { sessionId: null })).not.toHaveProperty('sessionId');
  });

  it('names what is wrong, and refuses a change of nothing', async () => {
    const { id } = await created();
    expect(await patch(id, {})).toMatchObject(fields('body'));
    expect(await patch(id, { url: 'http://10.0.0.1/' })).toMatchObject(fields('url'));
    const wrong = { url: null, events: [], secret: 'short', customHeaders: { Host: 'x' }, active: null, createdAt: 1 };
    expect(await patch(id, wrong)).toMatchObject(
      fields('createdAt', 'url', 'events', 'secret', 'customHeaders.Host', 'active'),
    );
  });

  it('needs all secrets anew once nobody can read those that are stored', async () => {
    const { id } = await created({ customHeaders: { Authorization: TOKEN } });
    await query(`update webhooks set key_id = 'deadbeef' where id = $1`, [id]);
    expect(await patched(id, { active: false })).toMatchObject({ active: false });
    expect(await patch(id, { secret: SECRET })).toMatchObject(conflict('webhook_secrets_unreadable'));
    expect(await patch(id, { customHeaders: {} })).toMatchObject(conflict('webhook_secrets_unreadable'));
    await patched(id, { secret: SECRET, customHeaders: { Authorization: 'Bearer anew' } });
    expect((await stored(id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: 'Bearer anew' } });
  });
});

describe('DELETE /webhooks/{id}', () => {
  it('answers 204, and 404 from then on', async () => {
    const { id } = await created();
    const remove = (): Promise<Answer> => gateway.request('DELETE', `${PATH}/${id}`, { token: owner });
    expect(await remove()).toMatchObject({ status: 204 });
    expect(await remove()).toMatchObject(NOT_FOUND);
    expect(await listed(owner)).not.toContain(id);
  });
});

describe('a webhook', () => {
  it.each(['GET', 'PATCH', 'DELETE'])('of another organization does not exist for %s', async (method) => {
    const { id } = await created();
    const token = await gateway.jwt({ org: 'another' });
    const body = method === 'PATCH' ? { active: false } : undefined;
    expect(await gateway.request(method, `${PATH}/${id}`, { token, body })).toMatchObject(NOT_FOUND);
    expect(await listed(token)).not.toContain(id);
    expect(await shown(id)).toMatchObject({ active: true });
  });

  it.each(['wh_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'wh_x', 'nothing', 'wh_%00'])('is not found by %j', async (id) => {
    for (const [method, body] of [['GET'], ['PATCH', { active: true }], ['DELETE']] as const) {
      expect(await gateway.request(method, `${PATH}/${id}`, { token: owner, body })).toMatchObject(NOT_FOUND);
    }
  });

  it('is for whoever may manage, and asks that before anything else', async () => {
    const { id } = await created();
    const tokens = [await gateway.apiKey(['read', 'send', 'events']), await gateway.jwt({ role: 'member' })];
    for (const token of tokens) {
      for (const [method, path] of [
        ['GET', PATH],
        ['POST', PATH],
        ['GET', `${PATH}/${id}`],
        ['PATCH', `${PATH}/nothing`],
        ['DELETE', `${PATH}/${id}`],
      ] as const) {
        const body = method === 'POST' || method === 'PATCH' ? 'not JSON' : undefined;
        expect(await gateway.request(method, path, { token, body })).toMatchObject({
          status: 403,
          body: { error: { details: { reason: 'capability_missing', required: ['manage'] } } },
        });
      }
    }
  });

  it('is listed in pages', async () => {
    const token = await gateway.jwt({ org: 'paged' });
    const ids = [await created({}, token), await created({}, token), await created({}, token)].map(({ id }) => id);
    const first = await gateway.request('GET', `${PATH}?limit=2`, { token });
    const { nextCursor } = first.body as { nextCursor: string };
    const second = await gateway.request('GET', `${PATH}?limit=2&cursor=${nextCursor}`, { token });
    const pages = [first, second].map(({ body }) => body as { data: Webhook[]; nextCursor: string });
    expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
    expect(pages[1]?.nextCursor).toBe('');
    expect(await gateway.request('GET', `${PATH}?cursor=x`, { token })).toMatchObject(fields('cursor'));
  });
});

describe('a key that is limited to some sessions', () => {
  let mine: string;
  let other: string;
  let key: string;

  beforeAll(async () => {
    [mine, other] = [await session(), await session()];
    key = await gateway.apiKey(['manage'], { sessionIds: [mine] });
  });

  it('makes webhooks that get the events of its sessions only', async () => {
    const made = await created({}, key);
    expect(made.sessionIds).toEqual([mine]);
    expect(await created({ sessionId: mine }, key)).toMatchObject({ sessionId: mine, sessionIds: [mine] });
    expect(await create({ url: URL, events: ['*'], sessionId: other }, key)).toMatchObject(fields('sessionId'));
  });

  it('neither sees nor changes a webhook that reaches further', async () => {
    const further = [await created(), await created({ sessionId: other })];
    for (const { id } of further) {
      expect(await gateway.request('GET', `${PATH}/${id}`, { token: key })).toMatchObject(NOT_FOUND);
      expect(await patch(id, { active: false }, key)).toMatchObject(NOT_FOUND);
      expect(await gateway.request('DELETE', `${PATH}/${id}`, { token: key })).toMatchObject(NOT_FOUND);
    }
    const within = await created({ sessionId: mine });
    const seen = await listed(key);
    expect(seen).toContain(within.id);
    for (const { id } of further) expect(seen).not.toContain(id);
  });

  it('cannot widen what a webhook gets beyond its sessions', async () => {
    const { id } = await created({ sessionId: mine });
    expect(await patch(id, { sessionId: other }, key)).toMatchObject(fields('sessionId'));
    const widened = await patched(id, { sessionId: null }, key);
    expect(widened).toMatchObject({ sessionIds: [mine] });
    expect(widened).not.toHaveProperty('sessionId');
    expect(await patched(id, { sessionId: null })).not.toHaveProperty('sessionIds');
  });
});

describe('secrets of webhooks', () => {
  it('are in no answer, no line of the log and no readable column, whatever goes wrong', async () => {
    const customHeaders = { Authorization: TOKEN };
    const { id } = await created({ secret: SECRET, customHeaders });
    const answers = [
      await gateway.request('GET', `${PATH}/${id}`, { token: owner }),
      await gateway.request('GET', PATH, { token: owner }),
      await patch(id, { secret: SECRET, customHeaders }),
      await create({ url: 'http://10.0.0.1/', events: ['*'], secret: SECRET, customHeaders }),
      await create({ url: URL, events: [], secret: `${SECRET}\n`, customHeaders: { 'X-Bad': `${TOKEN}\n` } }),
    ];
    const rows = await query('select webhooks::text from webhooks where id = $1', [id]);
    const everything = JSON.stringify([answers.map(({ body }) => body), rows, gateway.log]);
    expect(gateway.log.length).toBeGreaterThan(0);
    for (const secret of [SECRET, TOKEN, 'that-nobody-may-see']) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});
