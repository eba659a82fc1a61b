import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { Simulator } from '../simulator.js';
import type { SimulatedPhone } from '../simulated-phone.js';
import { Client, loggedIn } from '../spec-support/client.js';

const ADA = '4915100000001';
const BEN = '4915100000002';
const SUBJECT = { phone: ADA, child: 'subject' };

describe('faults', () => {
  let simulator: Simulator;
  let ada: SimulatedPhone;
  let group: string;
  const clients: Client[] = [];

  const connect = async (): Promise<Client> => {
    const client = await loggedIn(simulator, ada);
    clients.push(client);
    return client;
  };
  const connecting = async (): Promise<Client> => {
    const client = new Client(simulator, await ada.provision());
    clients.push(client);
    return client;
  };
  /** How a query ends that waits only so long: Baileys has several ways of saying "no answer". */
  const outcome = (client: Client, ms: number): Promise<unknown> =>
    client.socket
      .query(
        {
          tag: 'iq',
          attrs: { type: 'set', xmlns: 'w:g2', to: group },
          content: [{ tag: 'subject', attrs: {}, content: Buffer.from('Changed') }],
        },
        ms,
      )
      .then(
        (answer: unknown) => (answer === undefined ? 'no answer' : 'answered'),
        (error: unknown) => {
          const { data, message } = error as { data?: unknown; message?: string };
          return typeof data === 'number' ? data : message === 'Timed Out' ? 'no answer' : error;
        },
      );
  const subject = (): string => simulator.world.group(group).subject;

  beforeEach(async () => {
    simulator = await Simulator.start();
    ada = simulator.createAccount({ phone: ADA, name: 'Ada' });
    simulator.createAccount({ phone: BEN, name: 'Ben' });
    group = ada.createGroup({ subject: 'Choir' });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await simulator.stop();
  });

  describe('of a stanza', () => {
    it('silence: neither acted on nor answered, once', async () => {
      const client = await connect();
      const fault = simulator.faults.silence(SUBJECT);
      expect(await outcome(client, 200)).toBe('no answer');
      expect(subject()).toBe('Choir');
      expect(await outcome(client, 2_000)).toBe('answered');
      expect(fault.used).toBe(1);
    });

    it('delay: acted on and answered later', async () => {
      const client = await connect();
      simulator.faults.delay(SUBJECT, 150);
      const started = performance.now();
      expect(await outcome(client, 2_000)).toBe('answered');
      expect(performance.now() - started).toBeGreaterThan(140);
      expect(subject()).toBe('Changed');
    });

    it('an error: with its code, text and backoff, as often as asked for', async () => {
      const client = await connect();
      simulator.faults.iqError(SUBJECT, 429, 'rate-overlimit', { times: 2, backoff: 30 });
      const answered = new Promise((resolve) => client.socket.ws.once('CB:iq,type:error', resolve));
      expect(await outcome(client, 2_000)).toBe(429);
      expect(await answered).toMatchObject({
        content: [{ tag: 'error', attrs: { code: '429', text: 'rate-overlimit', backoff: '30' } }],
      });
      expect(await outcome(client, 2_000)).toBe(429);
      expect(await outcome(client, 2_000)).toBe('answered');
    });

    it.each([
      ['closeOn', 'Choir'],
      ['actThenClose', 'Changed'],
    ] as const)('%s: the line is cut, the subject is %s', async (fault, after) => {
      const client = await connect();
      simulator.faults[fault](SUBJECT);
      expect(await outcome(client, 2_000)).toBe(1006);
      expect(subject()).toBe(after);
    });

    it('acted on and never answered', async () => {
      const client = await connect();
      simulator.faults.actThenSilence(SUBJECT);
      expect(await outcome(client, 200)).toBe('no answer');
      expect(subject()).toBe('Changed');
    });

    it('strikes only what its filter names', async () => {
      const client = await connect();
      simulator.faults.iqError({ ...SUBJECT, phone: BEN }, 500, 'internal', { times: Infinity });
      simulator.faults.iqError({ ...SUBJECT, to: 'elsewhere@g.us' }, 500, 'internal');
      simulator.faults.iqError({ xmlns: 'w:g2', type: 'get' }, 500, 'internal');
      expect(await outcome(client, 2_000)).toBe('answered');
    });

    it('strikes until it is cancelled or cleared', async () => {
      const client = await connect();
      const fault = simulator.faults.iqError(SUBJECT, 500, 'internal', { times: Infinity });
      expect(await outcome(client, 2_000)).toBe(500);
      fault.cancel();
      expect(await outcome(client, 2_000)).toBe('answered');
      simulator.faults.iqError(SUBJECT, 503, 'unavailable', { times: Infinity });
      expect(await outcome(client, 2_000)).toBe(503);
      simulator.faults.clear();
      expect(await outcome(client, 2_000)).toBe('answered');
    });

    it('has to strike at least once', () => {
      expect(() => simulator.faults.silence({}, { times: 0 })).toThrow(/^times:/);
    });
  });

  it.each([401, 403, 404, 408, 409, 419, 429])('answers %i for a participant', async (code) => {
    const client = await connect();
    simulator.faults.participantError(BEN, code);
    const add = (): Promise<{ status: string }[]> =>
      client.socket.groupParticipantsUpdate(group, [`${BEN}@s.whatsapp.net`], 'add');
    expect((await add())[0]?.status).toBe(String(code));
    expect(simulator.world.group(group).members.size).toBe(1);
    expect((await add())[0]?.status).toBe('200');
  });

  describe('of a connection', () => {
    it.each([
      [515, 515],
      [503, 503],
      [516, 516],
      ['replaced', 440],
      ['device_removed', 401],
      ['restart_required', 515],
      ['unavailable', 503],
    ] as const)('stream error %s', async (error, statusCode) => {
      const client = await connect();
      const closed = client.closed();
      simulator.faults.streamError(ADA, error);
      expect(await closed).toMatchObject({ statusCode });
    });

    it('cut lines', async () => {
      const client = await connect();
      const closed = client.closed();
      simulator.faults.dropAll();
      expect(await closed).toMatchObject({ statusCode: 428 });
      expect(simulator.connections()).toBe(0);
    });

    it('silence, in which queries are read and not answered', async () => {
      const client = await connect();
      simulator.faults.mute(ADA);
      expect(await outcome(client, 150)).toBe('no answer');
      expect(simulator.log.count(SUBJECT)).toBe(1);
      simulator.faults.clear();
      expect(await outcome(client, 2_000)).toBe('answered');
    });

    it('silence that meets a login, too', async () => {
      simulator.faults.mute(ADA);
      const attempted = new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (simulator.logins(ADA) === 0) return;
          clearInterval(look);
          resolve();
        }, 5);
      });
      const client = await connecting();
      await attempted;
      expect(client.socket.ws.isOpen).toBe(true);
      expect(simulator.log.count({ phone: ADA })).toBe(0);
    });

    it('a peer that is gone without a word', async () => {
      const client = await connect();
      simulator.faults.freeze(ADA);
      expect(await outcome(client, 150)).toBe('no answer');
      expect(simulator.log.count(SUBJECT)).toBe(0);
      const arrived = simulator.log.next(SUBJECT);
      simulator.faults.clear();
      await arrived;
    });
  });

  describe('of a login', () => {
    it.each([401, 403, 405, 409, 500, 503])('failure %i, once', async (reason) => {
      simulator.faults.failOnLogin(ADA, reason);
      const client = await connecting();
      expect(await client.closed()).toMatchObject({ statusCode: reason, message: 'Connection Failure' });
      await connect();
      expect(simulator.logins(ADA)).toBe(2);
    });

    it('failure in place of a QR', async () => {
      simulator.faults.failOnLogin(undefined, 403);
      const client = new Client(simulator);
      clients.push(client);
      expect(await client.closed()).toMatchObject({ statusCode: 403 });
    });

    it('another connection that takes it over at once', async () => {
      simulator.faults.conflictOnLogin(ADA);
      const client = await connecting();
      expect(await client.closed()).toMatchObject({ statusCode: 440 });
    });
  });

  describe('of the upgrade', () => {
    const upgrade = (): Promise<number | string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(simulator.url);
        socket.on('unexpected-response', (request, response) => {
          resolve(response.statusCode ?? 0);
          request.destroy();
        });
        socket.on('error', ({ message }) => resolve(message));
        socket.on('open', () => {
          resolve('open');
          socket.close();
        });
      });

    it.each([429, 503, 403])('HTTP %i, as often as asked for', async (status) => {
      simulator.faults.refuseUpgrade(status, { times: 2 });
      expect([await upgrade(), await upgrade(), await upgrade()]).toEqual([status, status, 'open']);
    });

    it('no answer at all', async () => {
      simulator.faults.hangUpgrade();
      const { port, hostname } = new URL(simulator.url);
      const socket = createConnection(Number(port), hostname);
      const received: Buffer[] = [];
      socket.on('data', (data) => received.push(data));
      socket.write(
        'GET /ws/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
      );
      const closed = new Promise((resolve) => socket.once('close', resolve));
      expect(await upgrade()).toBe('open');
      expect(received).toEqual([]);
      await simulator.stop();
      await closed;
    });

    it('nobody listens while WhatsApp is away, and the world is still there afterwards', async () => {
      const client = await connect();
      const closed = client.closed();
      await simulator.goOffline();
      expect(await closed).toMatchObject({ statusCode: 428 });
      expect(await upgrade()).toContain('ECONNREFUSED');
      await simulator.goOnline();
      const again = new Client(simulator, { creds: client.creds });
      clients.push(again);
      await again.open();
      expect(await again.socket.groupMetadata(group)).toMatchObject({ subject: 'Choir' });
    });
  });
});

describe('an undecryptable frame', () => {
  it('reaches the client as bytes that no key opens', async () => {
    const simulator = await Simulator.start();
    const ada = simulator.createAccount({ phone: ADA });
    const client = await loggedIn(simulator, ada);
    const message = new Promise<Buffer>((resolve) => {
      client.socket.ws.removeAllListeners('message');
      client.socket.ws.once('message', resolve);
    });
    simulator.faults.garbage(ADA);
    const frame = await message;
    expect(frame.readUIntBE(0, 3)).toBe(frame.length - 3);
    await client.close();
    await simulator.stop();
  });
});
