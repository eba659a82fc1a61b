import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from './support/start-gateway.js';
import { PATH, SECRET, TOKEN, URL, WebhooksLab, type Webhook, conflict, fields } from './support/webhooks-lab.js';

let lab: WebhooksLab;

beforeAll(async () => {
  lab = await WebhooksLab.start();
});
afterAll(() => lab.stop());

describe('POST /webhooks', () => {
  it('answers 201 with the webhook and, this once, the secret that was made for it', async () => {
    const { status, body } = await lab.create({ url: URL, events: ['*'] });
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
    expect((await lab.stored(id)).secrets).toEqual({ secret, headers: {} });
    expect(await lab.shown(id)).not.toHaveProperty('secret');
  });

  it('keeps all that it is given, and shows no secret of it', async () => {
    const sessionId = await lab.session();
    const retryPolicy = { policy: 'constant', delaySeconds: 60, attempts: 3 };
    const given = {
      url: 'HTTP://Example.com:8080/a?b=c',
      events: ['group.participant', 'auth.qr'],
      sessionId,
      retryPolicy,
    };
    const made = await lab.created({
      ...given,
      secret: SECRET,
      customHeaders: { Authorization: TOKEN },
      active: false,
    });
    expect(made).toMatchObject({ ...given, customHeaders: { Authorization: null }, active: false });
    expect(made).not.toHaveProperty('secret');
    expect((await lab.stored(made.id)).secrets).toEqual({ secret: SECRET, headers: { Authorization: TOKEN } });
    expect(await lab.shown(made.id)).toEqual(made);
  });

  it('takes part of a retry policy, and the rest as usual', async () => {
    const { retryPolicy } = await lab.created({ retryPolicy: { attempts: 50 } });
    expect(retryPolicy).toEqual({ policy: 'exponential', delaySeconds: 2, attempts: 50 });
  });

  it('names every field that is missing, unknown or wrong', async () => {
    expect(await lab.create({})).toMatchObject(fields('url', 'events'));
    const wrong = { url: 1, events: '*', sessionId: 2, secret: 3, customHeaders: [], retryPolicy: 4, active: 'yes' };
    expect(await lab.create(wrong)).toMatchObject(fields(...Object.keys(wrong)));
    expect(await lab.create({ url: URL, events: ['*'], pausedReason: 'x', id: 'wh_1' })).toMatchObject(
      fields('pausedReason', 'id'),
    );
    expect(await lab.create({ url: URL, events: ['*'], sessionId: null })).toMatchObject(fields('sessionId'));
  });

  it('names a url, an event and a session at once', async () => {
    const body = { url: 'http://127.0.0.1/', events: ['*', 'auth.qr'], sessionId: 'unknown' };
    expect(await lab.create(body)).toMatchObject(fields('url', 'events', 'sessionId'));
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
    expect(await lab.create({ url, events: ['*'] })).toMatchObject(fields('url'));
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
    const answer = await lab.create({ url, events: ['*'] });
    expect(answer).toMatchObject(fields('url'));
    expect(JSON.stringify(answer.body)).toContain('leads to an address that webhooks may not reach');
  });

  it('takes an address that the operator lists, and one that is public', async () => {
    await lab.created({ url: 'http://10.7.1.2/hook' });
    await lab.created({ url: 'https://1.1.1.1/hook' });
    await lab.created({ url: `https://example.com/${'x'.repeat(2_028)}` });
  });

  it('refuses events that are none, none at all, or given twice', async () => {
    const of = (...events: unknown[]): Promise<Answer> => lab.create({ url: URL, events });
    expect(await of()).toMatchObject(fields('events'));
    expect(await of('session.status', 'session.gone', 7)).toMatchObject(fields('events[1]', 'events[2]'));
    expect(await of('auth.qr', 'session.status', 'auth.qr')).toMatchObject(fields('events[2]'));
    expect(await of('auth.qr', '*')).toMatchObject(fields('events'));
  });

  it('refuses a session that is not there, is malformed or is of another organization', async () => {
    const foreign = await lab.session(await lab.gateway.jwt({ org: 'another' }));
    for (const sessionId of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nothing', foreign]) {
      expect(await lab.create({ url: URL, events: ['*'], sessionId })).toMatchObject(fields('sessionId'));
    }
  });

  it('takes a secret of 16 to 256 printable characters', async () => {
    const withSecret = (secret: string): Promise<Answer> => lab.create({ url: URL, events: ['*'], secret });
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
    expect(await lab.create({ url: URL, events: ['*'], customHeaders })).toMatchObject(fields(`customHeaders.${name}`));
  });

  it('refuses a header of more than a KiB, its name included', async () => {
    const withHeader = (name: string, value: string): Promise<Answer> =>
      lab.create({ url: URL, events: ['*'], customHeaders: { [name]: value } });
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
    expect(await lab.create({ url: URL, events: ['*'], customHeaders: headers(21) })).toMatchObject(
      fields('customHeaders'),
    );
    expect(await lab.create({ url: URL, events: ['*'], customHeaders: { 'X-A': '1', 'x-a': '2' } })).toMatchObject(
      fields('customHeaders.X-A', 'customHeaders.x-a'),
    );
    await lab.created({ customHeaders: headers(20) });
  });

  it.each(['constructor', '__proto__', 'toString'])('refuses a header that is named %s', async (name) => {
    const body = `{"url":"${URL}","events":["*"],"customHeaders":{"${name}":"value"}}`;
    expect(await lab.gateway.request('POST', PATH, { token: lab.owner, body })).toMatchObject(
      fields(`customHeaders.${name}`),
    );
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
    expect(await lab.create({ url: URL, events: ['*'], retryPolicy: { [name]: value } })).toMatchObject(
      fields(`retryPolicy.${name}`),
    );
  });

  it('answers 409 once the organization has fifty', async () => {
    const token = await lab.gateway.jwt({ org: 'busy' });
    for (let n = 0; n < 50; n++) await lab.created({}, token);
    expect(await lab.create({ url: URL, events: ['*'] }, token)).toMatchObject(conflict('webhook_limit'));
    const [first = ''] = await lab.listed(token);
    await lab.gateway.request('DELETE', `${PATH}/${first}`, { token });
    await lab.created({}, token);
  });
});
