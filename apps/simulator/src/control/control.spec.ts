import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BufferJSON } from '@whiskeysockets/baileys';
import { populate, type DemoWorld } from '../populate.js';
import { Simulator } from '../simulator.js';
import { Client, type Credentials } from '../spec-support/client.js';

interface Answer {
  status: number;
  body: Record<string, unknown>;
  text: string;
}

describe('the control API', () => {
  let simulator: Simulator;
  let world: DemoWorld;
  const clients: Client[] = [];

  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${simulator.controlUrl}${path}`, { method, ...init });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
  };
  const post = (path: string, body: unknown): Promise<Answer> => ask('POST', path, body);
  const groupPath = (group: string, action: string): string => `/groups/${encodeURIComponent(group)}/${action}`;

  beforeAll(async () => {
    simulator = await Simulator.start({ controlPort: 0 });
    world = populate(simulator);
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await simulator.stop();
  });

  it('lists its routes, and how to connect', async () => {
    const { status, body } = await ask('GET', '/');
    expect(status).toBe(200);
    expect(body.whatsapp).toEqual({ url: simulator.url, rootKey: simulator.rootKey });
    expect(body.routes).toEqual(expect.arrayContaining([expect.objectContaining({ route: 'POST /scan' })]));
  });

  it('scans a QR, and unlinks', async () => {
    const client = new Client(simulator);
    clients.push(client);
    const qr = await client.qr();
    const scanned = await post('/scan', { phone: world.main.number, qr });
    expect(scanned.body.devices).toEqual([{ id: 1, jid: `${world.main.number}:1@s.whatsapp.net`, connected: false }]);
    await post('/unlink', { phone: world.main.number });
    expect(world.main.devices()).toEqual([]);
  });

  it('types a pairing code', async () => {
    const client = new Client(simulator);
    clients.push(client);
    await client.qr();
    const asked = simulator.log.next({ xmlns: 'md' });
    const code = await client.socket.requestPairingCode(world.main.number);
    await asked;
    const { status } = await post('/pairing-code', { phone: world.main.number, code });
    expect(status).toBe(200);
    expect(world.main.devices()).toHaveLength(1);
  });

  it('provisions credentials that log in', async () => {
    const { text } = await post('/provision', { phone: world.main.number });
    const client = new Client(simulator, JSON.parse(text, BufferJSON.reviver) as Credentials);
    clients.push(client);
    await client.open();
    expect(simulator.connections()).toBeGreaterThanOrEqual(1);
    const { body } = await ask('GET', '/accounts?linked=true');
    expect(body.accounts).toEqual([expect.objectContaining({ phone: world.main.number })]);
  });

  it('acts as another account in a group', async () => {
    const [ben, group] = ['491555000002', world.groups.guest];
    const added = await post(groupPath(group, 'add'), {
      phone: ben,
      participants: [world.numbers.addable, world.numbers.notOnWhatsApp],
    });
    expect(added.body).toEqual([
      { input: world.numbers.addable, code: 200 },
      { input: world.numbers.notOnWhatsApp, code: 404 },
    ]);
    await post(groupPath(group, 'promote'), { phone: ben, participants: [world.numbers.addable] });
    expect((await ask('GET', `/groups/${group}`)).body.admins).toEqual([ben, world.numbers.addable]);
    await post(groupPath(group, 'demote'), { phone: ben, participants: [world.numbers.addable] });
    await post(groupPath(group, 'remove'), { phone: ben, participants: [world.numbers.addable] });
    expect((await ask('GET', `/groups/${group}`)).body).toMatchObject({ admins: [ben], members: 7 });
    expect((await post(groupPath(group, 'leave'), { phone: '491555000003' })).body).toEqual({ code: 200 });
  });

  it.each([
    ['subject', { subject: 'Renamed' }, { subject: 'Renamed' }],
    ['description', { text: 'Words' }, { description: 'Words' }],
    ['setting', { setting: 'announcement', on: true }, { announcement: true }],
    ['member-add-mode', { mode: 'all_member_add' }, { memberAddMode: 'all_member_add' }],
    ['ephemeral', { seconds: 604_800 }, { ephemeralSeconds: 604_800 }],
  ])('changes the %s of a group', async (action, asked, after) => {
    const { body } = await post(groupPath(world.groups.team, action), { phone: '491555000003', ...asked });
    expect(body).toMatchObject(after);
  });

  it('makes a group, resets its invite, lets somebody join, and ends it', async () => {
    const made = await post('/groups', { phone: world.main.number, subject: 'Made by hand', approval: true });
    const { jid, inviteCode } = made.body as { jid: string; inviteCode: string };
    const reset = await post(groupPath(jid, 'reset-invite'), { phone: world.main.number });
    expect(reset.body.inviteCode).not.toBe(inviteCode);
    const joined = await post('/join', { phone: '491555000002', code: reset.body.inviteCode });
    expect(joined.body).toEqual({ status: 'requested' });
    expect((await post(groupPath(jid, 'end'), {})).body).toEqual({ ok: true });
    expect((await ask('GET', `/groups/${jid}`)).status).toBe(422);
  });

  it('asks to join, lists who waits, and answers or withdraws', async () => {
    const made = await post('/groups', { phone: world.main.number, subject: 'Knock', approval: true });
    const { jid, inviteCode } = made.body as { jid: string; inviteCode: string };
    const [ben, cleo, dana] = ['491555000002', '491555000003', '491555000004'];
    for (const phone of [ben, cleo, dana]) await post('/join', { phone, code: inviteCode });
    const waiting = async (): Promise<unknown> => (await ask('GET', `/groups/${jid}/join-requests`)).body;
    const lidOf = (phone = ''): string => simulator.phone(phone).lid;
    expect(await waiting()).toMatchObject([ben, cleo, dana].map((phone) => ({ phone, method: 'invite_link' })));
    const answers = await post(groupPath(jid, 'approve'), { phone: world.main.number, participants: [lidOf(ben)] });
    expect(answers.body).toEqual([{ input: lidOf(ben), code: 200 }]);
    await post(groupPath(jid, 'reject'), { phone: world.main.number, participants: [lidOf(cleo)] });
    await post(groupPath(jid, 'withdraw'), { phone: dana });
    expect(await waiting()).toEqual([]);
    expect((await ask('GET', `/groups/${jid}`)).body.members).toBe(2);
  });

  it('sets who may add an account, which comes in by its personal invite', async () => {
    const shy = '491555000005';
    expect((await post('/privacy', { phone: shy, groupAdd: 'none', showsNumber: false })).body).toMatchObject({
      privacy: 'none',
      showsNumber: false,
    });
    const { body: group } = await post('/groups', { phone: world.main.number, subject: 'By invite only' });
    const refused = await post(groupPath(String(group.jid), 'add'), { phone: world.main.number, participants: [shy] });
    expect(refused.body).toMatchObject([{ code: 403 }]);
    const [{ invite }] = refused.body as unknown as [{ invite: { code: string } }];
    expect((await post('/accept-invite', { phone: shy, code: invite.code })).body).toEqual({ status: 'joined' });
    expect((await post('/accept-invite', { phone: shy, code: invite.code })).status).toBe(422);
    expect((await ask('GET', `/invites?phone=${shy}`)).body).toEqual([]);
    expect((await ask('GET', '/invites')).body.error).toMatchObject({ field: 'phone' });
  });

  it('injects faults and clears them', async () => {
    expect((await post('/faults', { fault: 'refuseUpgrade', status: 429, times: 'forever' })).status).toBe(200);
    expect(simulator.faults.forUpgrade()).toEqual({ status: 429 });
    await ask('DELETE', '/faults');
    expect(simulator.faults.forUpgrade()).toBeUndefined();
    await post('/faults', {
      fault: 'iqError',
      filter: { child: 'add' },
      code: 429,
      text: 'rate-overlimit',
      backoff: 7,
    });
    const stanza = { tag: 'iq', attrs: {}, content: [{ tag: 'add', attrs: {} }] };
    expect(simulator.faults.forStanza(undefined, stanza)).toMatchObject({ kind: 'error', code: 429, backoff: 7 });
    await post('/faults', { fault: 'restrict', filter: { child: 'add' }, until: 1_800_000_000, after: 1 });
    expect(simulator.faults.forStanza(undefined, stanza)).toBeUndefined();
    expect(simulator.faults.forStanza(undefined, stanza)).toMatchObject({ code: 463, expiration: 1_800_000_000 });
    await post('/faults', { fault: 'nack', code: 479, to: 'a@lid', times: 2 });
    const message = { tag: 'message', attrs: { to: 'a@lid' } };
    expect(simulator.faults.forStanza('4915', message)).toMatchObject({ kind: 'nack', code: 479 });
    expect(simulator.faults.forStanza('4915', { ...message, attrs: { to: 'b@lid' } })).toBeUndefined();
    await post('/faults', { fault: 'closeOn' });
    expect(simulator.faults.forStanza(undefined, stanza)).toMatchObject({ kind: 'close' });
  });

  it.each([
    { fault: 'silence' },
    { fault: 'delay', ms: 5 },
    { fault: 'actThenClose', filter: { xmlns: 'w:g2' } },
    { fault: 'actThenSilence', filter: { type: 'set' } },
    { fault: 'participantError', participant: '491555000002', code: 403 },
    { fault: 'participantError', participant: '491555000002', code: 404, action: 'approve', after: 1 },
    { fault: 'restrict', until: 1_800_000_000 },
    { fault: 'nack', code: 479, to: '491555000002@s.whatsapp.net' },
    { fault: 'hangUpgrade' },
    { fault: 'failOnLogin', phone: '491555000002', reason: 403 },
    { fault: 'conflictOnLogin', phone: '491555000002' },
    { fault: 'tamper', part: 'leaf' },
    { fault: 'streamError', phone: '491555000002', error: 503 },
    { fault: 'garbage', phone: '491555000002' },
    { fault: 'mute', phone: '491555000002' },
    { fault: 'freeze', phone: '491555000002' },
  ])('takes the fault $fault', async (fault) => {
    expect((await post('/faults', fault)).text).toBe('{\n  "ok": true\n}\n');
    await ask('DELETE', '/faults');
  });

  it('drops lines, goes away and comes back', async () => {
    expect((await post('/drop', {})).status).toBe(200);
    await post('/offline', {});
    await expect(fetch(simulator.url.replace('ws:', 'http:'))).rejects.toThrow();
    await post('/online', {});
    expect((await fetch(simulator.url.replace('ws:', 'http:'))).status).toBe(426);
    expect((await post('/groups-dirty', { phone: world.main.number })).status).toBe(200);
    expect((await ask('GET', '/log?xmlns=nothing')).body.count).toBe(0);
    expect((await ask('GET', '/log?tag=iq')).body.count).toBeGreaterThan(0);
  });

  it.each([
    ['/scan', { phone: '+49', qr: 'x' }, 400, 'phone'],
    ['/scan', { phone: '491555000001' }, 400, 'qr'],
    ['/scan', { phone: '491555000001', qr: 'x' }, 400, 'qr'],
    ['/scan', { phone: '499999999999', qr: 'x' }, 400, 'phone'],
    ['/scan', { phone: '491555000001', qr: 'x', more: 1 }, 400, 'more'],
    ['/pairing-code', { phone: '491555000002', code: 'ABCDEFGH' }, 400, 'code'],
    ['/accounts', { phone: '491555000001' }, 400, 'phone'],
    ['/faults', { fault: 'nonsense' }, 400, 'fault'],
    ['/faults', { fault: 'delay', filter: { colour: 'red' }, ms: 1 }, 400, 'filter.colour'],
    ['/faults', { fault: 'silence', times: 0 }, 400, 'times'],
    ['/groups/120363000000000001@g.us/add', { phone: '491555000001', participants: [] }, 400, 'participants'],
    ['/join', { phone: '491555000001', code: 'malformed' }, 422, undefined],
    ['/nowhere', {}, 404, undefined],
  ])('%s refuses %j with %i, naming %s', async (path, body, status, field) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect((answer.body.error as { field?: string }).field).toBe(field);
    expect((answer.body.error as { message: string }).message).not.toBe('');
  });

  it('refuses what is not JSON, the wrong method, and a path that cannot be read', async () => {
    const url = `${simulator.controlUrl}/drop`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(415);
    const json = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', body: '{', headers: json })).status).toBe(400);
    expect((await fetch(url, { method: 'POST', body: ' '.repeat(2 ** 21), headers: json })).status).toBe(413);
    expect((await ask('GET', '/drop')).status).toBe(405);
    expect((await ask('GET', '/groups/%E0%A4%A')).body.error).toMatchObject({ field: 'path' });
  });
});
