import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Curve, initAuthCreds, type AuthenticationCreds, type BinaryNode } from '@whiskeysockets/baileys';
import { Simulator } from './simulator.js';
import type { SimulatedPhone } from './simulated-phone.js';
import { Client, loggedIn } from './spec-support/client.js';
import { children, isSignedBy, textOf } from './wire/index.js';

const ADA = '4915112345678';

describe('linking a device', () => {
  let simulator: Simulator;
  let phone: SimulatedPhone;
  const clients: Client[] = [];
  const verify = Curve.verify;

  const connect = (creds?: AuthenticationCreds): Client => {
    const client = creds === undefined ? new Client(simulator) : new Client(simulator, { creds });
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    simulator = await Simulator.start();
    phone = simulator.createAccount({ phone: ADA, name: 'Ada' });
  });
  afterEach(async () => {
    Curve.verify = verify;
    for (const client of clients.splice(0)) await client.close();
    await simulator.stop();
  });

  it('links by QR, asks for a restart, and lets the device log in', async () => {
    const client = connect();
    const closed = client.closed();
    await phone.scanQr(await client.qr());
    expect(await closed).toMatchObject({ statusCode: 515 });
    expect(client.creds.me).toMatchObject({ id: `${ADA}:1@s.whatsapp.net`, lid: `${phone.account.lid}:1@lid` });
    expect(client.creds.account?.deviceSignature).toHaveLength(64);
    const again = connect(client.creds);
    await again.open();
    expect(simulator.logins(ADA)).toBe(1);
    expect(phone.devices()[0]?.preKeyCount).toBe(812);
  });

  it('hands out six references to show, one after the other', async () => {
    const client = connect();
    const offered = new Promise<BinaryNode>((resolve) => client.socket.ws.once('CB:iq,type:set,pair-device', resolve));
    const [offer] = children(await offered);
    const refs = offer === undefined ? [] : children(offer, 'ref');
    expect(refs).toHaveLength(6);
    expect(await client.qr()).toContain(`https://wa.me/settings/linked_devices#${textOf(refs[0])},`);
  });

  it('links by a code that is typed on the phone', async () => {
    const client = connect();
    await client.qr();
    const asked = simulator.log.next({ xmlns: 'md' });
    const code = await client.socket.requestPairingCode(ADA);
    await asked;
    const closed = client.closed();
    await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`);
    expect(await closed).toMatchObject({ statusCode: 515 });
    const again = connect(client.creds);
    await again.open();
  });

  it('refuses a code that the device does not show', async () => {
    const client = connect();
    await client.qr();
    const asked = simulator.log.next({ xmlns: 'md' });
    await client.socket.requestPairingCode(ADA);
    await asked;
    await expect(phone.enterPairingCode('AAAAAAAA')).rejects.toThrow('the pairing code is wrong');
    expect(phone.devices()).toEqual([]);
  });

  it('refuses a code that nobody asked for, and a QR that nobody shows', async () => {
    await expect(phone.enterPairingCode('AAAAAAAA')).rejects.toThrow(/^code: no device asked/);
    await expect(phone.scanQr('hello')).rejects.toThrow(/^qr: not the code/);
    const client = connect();
    const qr = await client.qr();
    await client.close();
    await simulator.goOffline();
    await expect(phone.scanQr(qr)).rejects.toThrow(/^qr: no device shows/);
  });

  it('refuses a QR whose keys are not those of the device that shows it', async () => {
    const client = connect();
    const [ref, , ...rest] = (await client.qr()).split(',');
    const forged = [ref, Buffer.alloc(32, 7).toString('base64'), ...rest].join(',');
    await expect(phone.scanQr(forged)).rejects.toThrow(/^qr: the keys/);
  });

  it('provisions credentials that log in without uploading a pre-key', async () => {
    const client = await loggedIn(simulator, phone);
    clients.push(client);
    expect(client.creds.me?.lid).toBe(`${phone.account.lid}:1@lid`);
    expect(simulator.log.count({ xmlns: 'encrypt', type: 'set' })).toBe(0);
    const { signedPreKey, signedIdentityKey } = client.creds;
    const message = Buffer.concat([Buffer.of(5), signedPreKey.keyPair.public]);
    expect(isSignedBy(signedIdentityKey.public, message, signedPreKey.signature)).toBe(true);
  });

  it('answers everything that Baileys asks around a login', async () => {
    const { creds, keys } = await phone.provision();
    const asked = simulator.log.next({ xmlns: 'privacy' });
    const client = new Client(simulator, { creds, keys });
    clients.push(client);
    await client.open();
    await asked;
    const queries = simulator.log.all({ tag: 'iq' }).map(({ xmlns, type, node }) => {
      const [child] = Array.isArray(node.content) ? node.content : [];
      return `${xmlns} ${type} ${child?.tag}`;
    });
    expect(queries).toEqual([
      'encrypt get count',
      'passive set active',
      'encrypt get digest',
      'abt get props',
      'blocklist get undefined',
      'privacy get privacy',
    ]);
  });

  it('says who is on WhatsApp, and refuses what it does not know', async () => {
    const client = await loggedIn(simulator, phone);
    clients.push(client);
    expect(await client.socket.onWhatsApp(ADA, '4915199999999')).toEqual([
      { jid: `${ADA}@s.whatsapp.net`, exists: true },
    ]);
    const unknown = { tag: 'iq', attrs: { type: 'get', xmlns: 'w:novelty', to: '@s.whatsapp.net' } };
    await expect(client.socket.query(unknown)).rejects.toMatchObject({ data: 501 });
  });

  it('logs a device out when it asks for that, and refuses it afterwards', async () => {
    const client = await loggedIn(simulator, phone);
    const asked = simulator.log.next({ xmlns: 'md', child: 'remove-companion-device' });
    await client.socket.logout();
    await asked;
    expect(phone.devices()).toEqual([]);
    const again = connect(client.creds);
    expect(await again.closed()).toMatchObject({ statusCode: 401, message: 'Connection Failure' });
  });

  it('tells the devices that the phone unlinks', async () => {
    const client = await loggedIn(simulator, phone);
    const closed = client.closed();
    await phone.unlinkDevices();
    expect(await closed).toMatchObject({ statusCode: 401, message: 'Stream Errored (conflict)' });
  });

  it('replaces the older connection of a device by the newer one', async () => {
    const { creds, keys } = await phone.provision();
    const older = new Client(simulator, { creds, keys });
    await older.open();
    const closed = older.closed();
    const second = new Client(simulator, { creds: { ...creds }, keys });
    clients.push(second);
    await second.open();
    expect(await closed).toMatchObject({ statusCode: 440 });
    expect(simulator.connections()).toBe(1);
  });

  describe('a forged signature is refused', () => {
    const forged = Buffer.alloc(64, 1);

    it('of the pre-key, when the device shows itself', async () => {
      const creds = initAuthCreds();
      creds.signedPreKey.signature = forged;
      expect(await connect(creds).closed()).toMatchObject({ statusCode: 400, message: 'Connection Failure' });
    });

    it('of the device, over the identity that it is given', async () => {
      const creds = initAuthCreds();
      // Signs with a key that is not the one it shows.
      Object.assign(creds.signedIdentityKey, { private: Curve.generateKeyPair().private });
      const client = connect(creds);
      await expect(phone.scanQr(await client.qr())).rejects.toThrow('did not sign');
      expect(phone.devices()).toEqual([]);
    });

    it('of the pre-key, when pre-keys are uploaded later', async () => {
      const { creds, keys } = await phone.provision();
      const [device] = phone.devices();
      if (device !== undefined) device.preKeyCount = 0;
      creds.signedPreKey.signature = forged;
      const uploaded = simulator.log.next({ xmlns: 'encrypt', type: 'set' });
      const client = new Client(simulator, { creds, keys });
      clients.push(client);
      await uploaded;
      expect(device?.preKeyCount).toBe(0);
    });

    it('that a login makes with another Noise key', async () => {
      const { creds } = await phone.provision();
      const stolen = { ...creds, noiseKey: Curve.generateKeyPair() };
      expect(await connect(stolen).closed()).toMatchObject({ statusCode: 401, message: 'Connection Failure' });
    });
  });

  describe('what the simulator forges, a client that verifies refuses', () => {
    beforeEach(() => {
      Curve.verify = (key, message, signature) => isSignedBy(Buffer.from(key).subarray(-32), message, signature);
    });

    it.each(['leaf', 'intermediate'] as const)('a %s certificate', async (part) => {
      simulator.faults.tamper(part);
      expect(await connect().closed()).toMatchObject({ statusCode: 400 });
      expect(await connect().qr()).toContain('#2@');
    });

    it('a server hello that means nothing', async () => {
      simulator.faults.tamper('serverHello');
      expect(await connect().closed()).toMatchObject({ message: expect.any(String) });
    });

    it.each([
      ['adv', 'Failed to verify account signature'],
      ['hmac', 'Invalid account signature'],
    ] as const)('the %s of an identity', async (part, message) => {
      simulator.faults.tamper(part);
      const client = connect();
      const qr = await client.qr();
      const closed = client.closed();
      await expect(phone.scanQr(qr)).rejects.toThrow('the device hung up');
      expect(await closed).toMatchObject({ message });
      expect(phone.devices()).toEqual([]);
    });
  });

  it('lets in no version older than the oldest it knows', async () => {
    simulator.world.switches.oldestVersion = [2, 9999, 0];
    expect(await connect().closed()).toMatchObject({ statusCode: 405 });
  });
});
