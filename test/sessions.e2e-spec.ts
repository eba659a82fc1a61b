import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let lastPhone = 6281300000000;

beforeAll(async () => {
  simulator = await Simulator.start();
  gateway = await startGateway({ simulator });
  token = await gateway.apiKey(['read', 'send', 'manage']);
});

afterAll(async () => {
  await gateway.close();
  await simulator.stop();
});

afterEach(() => simulator.faults.clear());

const newPhone = (): SimulatedPhone => simulator.createAccount({ phone: String(++lastPhone) });
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  gateway.request(method, `/api/v1/sessions${path}`, { token, body, headers });
const openConnections = (phone: SimulatedPhone): number =>
  phone.devices().filter(({ connected }) => connected !== undefined).length;
const link = (phone = newPhone()) => linkSession(gateway, token, phone);

async function create(body: object = {}): Promise<string> {
  const answer = await call('POST', '', body);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

async function qr(id: string, query = 'wait=20'): Promise<{ code: string; expiresAt: number }> {
  const answer = await call('GET', `/${id}/qr?${query}`);
  expect(answer.status).toBe(200);
  return answer.body as { code: string; expiresAt: number };
}

describe('a session as a record', () => {
  it('is made stopped, with the default rates', async () => {
    const { status, body } = await call('POST', '', { label: 'Desk' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      organizationId: 'default',
      label: 'Desk',
      status: 'stopped',
      ratePerMin: 100,
      ratePerHour: 1000,
      createdBy: expect.stringMatching(/^key_/),
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    const { id } = body as { id: string };
    expect((await call('GET', `/${id}`)).body).toEqual(body);
    expect((await call('GET', '')).body).toMatchObject({ data: expect.arrayContaining([body]) });
  });

  it('keeps labels apart within the organization, and changes', async () => {
    const id = await create({ label: 'One' });
    expect(await call('POST', '', { label: 'One' })).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'label_taken' } } },
    });
    expect(await call('PATCH', `/${id}`, { label: 'Two', ratePerMin: 7, ratePerHour: 70 })).toMatchObject({
      status: 200,
      body: { id, label: 'Two', ratePerMin: 7, ratePerHour: 70 },
    });
    const other = await gateway.apiKey(['manage'], { organizationId: 'another' });
    expect((await gateway.request('POST', '/api/v1/sessions', { token: other, body: { label: 'Two' } })).status).toBe(
      201,
    );
  });

  it('is 404 for another organization, whatever is asked', async () => {
    const id = await create();
    const stranger = await gateway.apiKey(['read', 'manage'], { organizationId: 'stranger' });
    const ways = [
      'GET ',
      'DELETE ',
      'PATCH ',
      'GET /me',
      'GET /qr',
      'POST :start',
      'POST :stop',
      'POST :restart',
      'POST :logout',
    ];
    for (const way of ways) {
      const [method = '', rest = ''] = way.split(' ');
      const answer = await gateway.request(method, `/api/v1/sessions/${id}${rest}`, {
        token: stranger,
        body: method === 'PATCH' ? {} : undefined,
      });
      expect(answer).toMatchObject({
        status: 404,
        body: { error: { code: 'not_found', message: 'session not found' } },
      });
    }
  });

  it.each<[unknown, string]>([
    [{ label: '' }, 'label'],
    [{ label: 5 }, 'label'],
    [{ start: 'yes' }, 'start'],
    [{ color: 'red' }, 'color'],
  ])('refuses %j', async (body, path) => {
    expect(await call('POST', '', body)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path }] } } },
    });
  });

  it('is read with `read` or `manage`; its code is for `manage` alone', async () => {
    const id = await create({ start: true });
    const reader = await gateway.apiKey(['read']);
    const get = (path: string) => gateway.request('GET', `/api/v1/sessions${path}`, { token: reader });
    expect((await get(`/${id}`)).status).toBe(200);
    expect((await get('')).status).toBe(200);
    expect((await get(`/${id}/qr`)).status).toBe(403);
    const manager = await gateway.apiKey(['manage']);
    expect((await gateway.request('GET', `/api/v1/sessions/${id}`, { token: manager })).status).toBe(200);
    await call('DELETE', `/${id}`);
  });

  it('cannot be made by a key that is limited to its sessions, which sees only those', async () => {
    const id = await create();
    const limited = await gateway.apiKey(['read', 'manage'], { sessionIds: [id] });
    expect(await gateway.request('POST', '/api/v1/sessions', { token: limited, body: {} })).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'key_restricted' } } },
    });
    const { body } = await gateway.request('GET', '/api/v1/sessions', { token: limited });
    expect((body as { data: { id: string }[] }).data.map((session) => session.id)).toEqual([id]);
  });
});

describe('linking by QR', () => {
  it('shows a code as JSON and as a picture, and links the phone that scans it', async () => {
    const phone = newPhone();
    const id = await create({ start: true });
    const { code, expiresAt } = await qr(id);
    expect(expiresAt).toBeGreaterThan(Date.now());
    expect((await call('GET', `/${id}`)).body).toMatchObject({ status: 'scan_qr_code' });
    const picture = await call('GET', `/${id}/qr`, undefined, { accept: 'image/png' });
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(picture.raw.subarray(0, 4)).toEqual(PNG);
    expect(await call('GET', `/${id}/me`)).toMatchObject({
      status: 404,
      body: { error: { details: { reason: 'not_paired' } } },
    });
    await phone.scanQr(code);
    const session = await statusIs(gateway, token, id, 'working');
    expect(session).toMatchObject({ phoneNumber: phone.number, waJid: phone.jid, waLid: phone.lid });
    expect((await call('GET', `/${id}/me`)).body).toEqual({
      phoneNumber: phone.number,
      waJid: phone.jid,
      waLid: phone.lid,
    });
    expect(await call('GET', `/${id}/qr`)).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'already_paired' } } },
    });
    expect(await call('POST', `/${id}/pairing-code`, { phone: phone.number })).toMatchObject({ status: 409 });
  });

  it('waits for a newer code than the one the caller has', async () => {
    const id = await create({ start: true });
    const first = await qr(id);
    const waiting = call('GET', `/${id}/qr?wait=20&after=${first.expiresAt}`);
    const phone = newPhone();
    await phone.scanQr(first.code);
    expect(await waiting).toMatchObject({ status: 409, body: { error: { details: { reason: 'already_paired' } } } });
  });

  it('answers 404 with a reason while there is none (pain 19)', async () => {
    const id = await create();
    expect(await call('GET', `/${id}/qr`)).toMatchObject({
      status: 404,
      body: { error: { details: { reason: 'session_stopped', sessionStatus: 'stopped' } } },
    });
    const upgrade = simulator.faults.hangUpgrade();
    await call('POST', `/${id}:start`);
    await eventually(() => expect(upgrade.used).toBe(1));
    expect(await call('GET', `/${id}/qr`)).toMatchObject({
      status: 404,
      body: { error: { details: { reason: 'qr_not_ready' } } },
    });
    await call('DELETE', `/${id}`);
  });

  it('stops waiting when the gateway stops', async () => {
    const id = await create({ start: true });
    const { expiresAt } = await qr(id);
    const waiting = call('GET', `/${id}/qr?wait=60&after=${expiresAt + 60_000}`);
    await call('GET', `/${id}`);
    await gateway.restart();
    expect(await waiting).toMatchObject({ status: 503, body: { error: { details: { reason: 'shutting_down' } } } });
    await call('DELETE', `/${id}`);
  });

  it.each(['wait=61', 'wait=-1', 'wait=soon', 'after=x'])('refuses ?%s', async (query) => {
    const id = await create();
    expect(await call('GET', `/${id}/qr?${query}`)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: query.split('=')[0] }] } } },
    });
  });

  it('refuses a phone whose identity is forged, and keeps nothing of it', async () => {
    const id = await create({ start: true });
    const { code } = await qr(id);
    simulator.faults.tamper('adv');
    await expect(newPhone().scanQr(code)).rejects.toThrow();
    await statusIs(gateway, token, id, 'starting', 'untrusted_server');
    expect((await call('GET', `/${id}/me`)).status).toBe(404);
    await call('DELETE', `/${id}`);
  });
});

describe('linking by pairing code', () => {
  it('starts a stopped session and links the phone on which the code is typed (pain 20)', async () => {
    const phone = newPhone();
    const id = await create();
    const { status, body } = await call('POST', `/${id}/pairing-code`, { phone: phone.number });
    expect(status).toBe(200);
    expect(body).toEqual({ code: expect.stringMatching(/^[0-9A-Z]{8}$/), expiresAt: expect.any(Number) });
    await phone.enterPairingCode((body as { code: string }).code);
    expect(await statusIs(gateway, token, id, 'working')).toMatchObject({ phoneNumber: phone.number });
  });

  it.each([undefined, '', '12', '+6281300000001', '0812', '62 813', 6281300000001])(
    'answers 400 for the phone %s',
    async (phone) => {
      const id = await create();
      expect(await call('POST', `/${id}/pairing-code`, { phone })).toMatchObject({
        status: 400,
        body: { error: { details: { fields: [{ path: 'phone' }] } } },
      });
      expect((await call('GET', `/${id}`)).body).toMatchObject({ status: 'stopped' });
    },
  );
});

describe('a pairing code that WhatsApp refuses', () => {
  it.each([
    [400, 400, { code: 'validation_error', details: { fields: [{ path: 'phone' }] } }],
    [429, 429, { code: 'rate_limited', details: { reason: 'whatsapp_rate_limited' } }],
    [500, 503, { code: 'gateway_unavailable', details: { whatsappCode: 500 } }],
  ])('with %i is answered with %i', async (code, status, error) => {
    const id = await create();
    simulator.faults.iqError({ xmlns: 'md', child: 'link_code_companion_reg' }, code, 'refused');
    expect(await call('POST', `/${id}/pairing-code`, { phone: newPhone().number })).toMatchObject({
      status,
      body: { error },
    });
    await call('DELETE', `/${id}`);
  });
});

describe('start, stop, restart', () => {
  it('are idempotent, and a stop keeps the pairing', async () => {
    const phone = newPhone();
    const id = await link(phone);
    expect(await call('POST', `/${id}:start`)).toMatchObject({ status: 200, body: { status: 'working' } });
    expect(await call('POST', `/${id}:stop`)).toMatchObject({
      status: 200,
      body: { id, status: 'stopped', waJid: phone.jid },
    });
    expect(await call('POST', `/${id}:stop`)).toMatchObject({ status: 200, body: { status: 'stopped' } });
    expect(openConnections(phone)).toBe(0);
    expect(await call('POST', `/${id}:start`)).toMatchObject({ status: 200, body: { status: 'starting' } });
    await statusIs(gateway, token, id, 'working');
    const login = simulator.logins(phone.number);
    expect((await call('POST', `/${id}:restart`)).status).toBe(200);
    await statusIs(gateway, token, id, 'working');
    expect(simulator.logins(phone.number)).toBe(login + 1);
  });

  it('make one connection however many start at once (pain 2)', async () => {
    const phone = newPhone();
    const id = await link(phone);
    await call('POST', `/${id}:stop`);
    const before = simulator.logins(phone.number);
    await Promise.all(Array.from({ length: 8 }, () => call('POST', `/${id}:start`)));
    await statusIs(gateway, token, id, 'working');
    expect(simulator.logins(phone.number)).toBe(before + 1);
    expect(openConnections(phone)).toBe(1);
  });
});

describe('logout and delete', () => {
  it('logout unlinks the device and keeps the session, which can be linked again (pain 22)', async () => {
    const phone = newPhone();
    const id = await link(phone);
    const { status, body } = await call('POST', `/${id}:logout`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 'logged_out', statusReason: 'logout' });
    expect(body).not.toHaveProperty('waJid');
    expect(phone.devices()).toHaveLength(0);
    expect((await call('POST', `/${id}:logout`)).status).toBe(200);
    await call('POST', `/${id}:start`);
    await phone.scanQr((await qr(id)).code);
    await statusIs(gateway, token, id, 'working');
  });

  it('logout of a stopped session connects once more to unlink the device', async () => {
    const phone = newPhone();
    const id = await link(phone);
    await call('POST', `/${id}:stop`);
    await call('POST', `/${id}:logout`);
    expect(phone.devices()).toHaveLength(0);
  });

  it('delete unlinks, removes, and is 404 the second time', async () => {
    const phone = newPhone();
    const id = await link(phone);
    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 204, body: undefined });
    expect(phone.devices()).toHaveLength(0);
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/${id}`)).status).toBe(404);
  });

  it('delete works with a dead socket (pain 21)', async () => {
    const phone = newPhone();
    const id = await link(phone);
    simulator.faults.mute(phone.number);
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await call('GET', `/${id}`)).status).toBe(404);
  });
});

describe('what WhatsApp does to a session', () => {
  it('unlinked on the phone: logged_out, and it can be linked again', async () => {
    const phone = newPhone();
    const id = await link(phone);
    await phone.unlinkDevices();
    const session = await statusIs(gateway, token, id, 'logged_out', 'device_removed');
    expect(session).not.toHaveProperty('phoneNumber');
    await call('POST', `/${id}:start`);
    await phone.scanQr((await qr(id)).code);
    await statusIs(gateway, token, id, 'working');
  });

  it('replaced (440): one login, then it stops and says why (pain 2)', async () => {
    const phone = newPhone();
    const id = await link(phone);
    const before = simulator.logins(phone.number);
    simulator.faults.streamError(phone.number, 'replaced');
    await statusIs(gateway, token, id, 'failed', 'replaced');
    expect(simulator.logins(phone.number)).toBe(before);
    simulator.faults.conflictOnLogin(phone.number);
    await call('POST', `/${id}:start`);
    await statusIs(gateway, token, id, 'failed', 'replaced');
    expect(simulator.logins(phone.number)).toBe(before + 1);
  });

  it('banned (403): failed, and the pairing is kept', async () => {
    const phone = newPhone();
    const id = await link(phone);
    simulator.faults.failOnLogin(phone.number, 403);
    simulator.faults.dropAll(phone.number);
    await statusIs(gateway, token, id, 'failed', 'banned');
    await call('POST', `/${id}:start`);
    await statusIs(gateway, token, id, 'working');
  });

  it.each<[string, (phone: string) => void]>([
    ['the line is cut', (phone) => simulator.faults.dropAll(phone)],
    ['503', (phone) => simulator.faults.streamError(phone, 503)],
    ['515', (phone) => simulator.faults.streamError(phone, 515)],
    ['a frame that cannot be decrypted', (phone) => simulator.faults.garbage(phone)],
  ])('%s: it is back by itself with the same pairing', async (_, strike) => {
    const phone = newPhone();
    const id = await link(phone);
    const before = simulator.logins(phone.number);
    strike(phone.number);
    await eventually(() => expect(simulator.logins(phone.number)).toBe(before + 1));
    await statusIs(gateway, token, id, 'working');
    expect(phone.devices()).toHaveLength(1);
  });

  it('away: `starting`, `reconnecting`, with the moment of the next attempt; then back (pain 5)', async () => {
    const phone = newPhone();
    const id = await link(phone);
    simulator.faults.refuseUpgrade(429, { times: 2 });
    simulator.faults.dropAll(phone.number);
    expect(await statusIs(gateway, token, id, 'starting', 'reconnecting')).toMatchObject({
      nextRetryAt: expect.any(Number),
    });
    expect(await statusIs(gateway, token, id, 'working')).not.toHaveProperty('nextRetryAt');
  });
});

describe('GET /admin/sessions', () => {
  it('answers the sessions of every organization to a super_admin, and to nobody else', async () => {
    const id = await create();
    const get = (as: string) => gateway.request('GET', '/api/v1/admin/sessions', { token: as });
    const { status, body } = await get(await gateway.jwt({ org: 'platform', role: 'super_admin' }));
    expect(status).toBe(200);
    expect((body as { data: { id: string }[] }).data.map((session) => session.id)).toContain(id);
    expect((await get(await gateway.jwt({ org: 'platform', role: 'owner' }))).status).toBe(403);
    expect((await get(token)).status).toBe(403);
  });
});
