import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { Client } from '../spec-support/client.js';
import { ADA, Rig, SUBJECT } from '../spec-support/rig.js';

describe('faults', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.start();
  });
  afterEach(() => rig.stop());

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
      const client = await rig.connect();
      const closed = client.closed();
      rig.simulator.faults.streamError(ADA, error);
      expect(await closed).toMatchObject({ statusCode });
    });

    it('a frame that no key opens', async () => {
      const client = await rig.connect();
      const received = new Promise<Buffer>((resolve) => {
        client.socket.ws.removeAllListeners('message');
        client.socket.ws.once('message', resolve);
      });
      rig.simulator.faults.garbage(ADA);
      const frame = await received;
      expect(frame.readUIntBE(0, 3)).toBe(frame.length - 3);
    });

    it('cut lines', async () => {
      const client = await rig.connect();
      const closed = client.closed();
      rig.simulator.faults.dropAll();
      expect(await closed).toMatchObject({ statusCode: 428 });
      expect(rig.simulator.connections()).toBe(0);
    });

    it('silence, in which queries are read and not answered', async () => {
      const client = await rig.connect();
      rig.simulator.faults.mute(ADA);
      expect(await rig.outcome(client, 150)).toBe('no answer');
      expect(rig.simulator.log.count(SUBJECT)).toBe(1);
      expect(rig.subject()).toBe('Choir');
      rig.simulator.faults.unmute(ADA);
      expect(await rig.outcome(client, 2_000)).toBe('answered');
    });

    it('silence that meets a login, too', async () => {
      rig.simulator.faults.mute(ADA);
      const attempted = rig.simulator.nextLogin(ADA);
      const client = await rig.connecting();
      await attempted;
      expect(client.socket.ws.isOpen).toBe(true);
      expect(rig.simulator.log.count({ phone: ADA })).toBe(0);
    });

    it('a peer that is gone without a word', async () => {
      const client = await rig.connect();
      rig.simulator.faults.freeze(ADA);
      expect(await rig.outcome(client, 150)).toBe('no answer');
      expect(rig.simulator.log.count(SUBJECT)).toBe(0);
      const arrived = rig.simulator.log.next(SUBJECT);
      rig.simulator.faults.clear();
      await arrived;
    });
  });

  describe('of a login', () => {
    it.each([401, 403, 405, 409, 500, 503])('failure %i, once', async (reason) => {
      rig.simulator.faults.failOnLogin(ADA, reason);
      const client = await rig.connecting();
      expect(await client.closed()).toMatchObject({ statusCode: reason, message: 'Connection Failure' });
      await rig.connect();
      expect(rig.simulator.logins(ADA)).toBe(2);
    });

    it('failure in place of a QR', async () => {
      rig.simulator.faults.failOnLogin(undefined, 403);
      const client = new Client(rig.simulator);
      rig.clients.push(client);
      expect(await client.closed()).toMatchObject({ statusCode: 403 });
    });

    it('another connection that takes it over at once', async () => {
      rig.simulator.faults.conflictOnLogin(ADA);
      const client = await rig.connecting();
      expect(await client.closed()).toMatchObject({ statusCode: 440 });
    });
  });

  describe('of the upgrade', () => {
    const upgrade = (): Promise<number | string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(rig.simulator.url);
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

    /** A bare TCP connection that has asked for the upgrade. */
    const asking = (): Socket => {
      const { port, hostname } = new URL(rig.simulator.url);
      const socket = createConnection(Number(port), hostname);
      socket.write(
        'GET /ws/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
      );
      return socket;
    };

    it('a status, to those who break off when they hear it, too', async () => {
      rig.simulator.faults.refuseUpgrade(503);
      const socket = asking();
      await once(socket, 'data');
      socket.resetAndDestroy();
      // It stops once it has noticed, and what it cannot bear would end the process.
      await expect(rig.simulator.stop()).resolves.toBeUndefined();
    });

    it.each([429, 503, 403])('HTTP %i, as often as asked for', async (status) => {
      rig.simulator.faults.refuseUpgrade(status, { times: 2 });
      expect([await upgrade(), await upgrade(), await upgrade()]).toEqual([status, status, 'open']);
    });

    it('no answer at all', async () => {
      rig.simulator.faults.hangUpgrade();
      const socket = asking();
      const received: Buffer[] = [];
      socket.on('data', (data) => received.push(data));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      expect(await upgrade()).toBe('open');
      expect(received).toEqual([]);
      await rig.simulator.stop();
      await closed;
    });

    it('nobody listens while WhatsApp is away, and the world is still there afterwards', async () => {
      const client = await rig.connect();
      const closed = client.closed();
      await rig.simulator.goOffline();
      expect(await closed).toMatchObject({ statusCode: 428 });
      expect(await upgrade()).toContain('ECONNREFUSED');
      await rig.simulator.goOnline();
      const again = new Client(rig.simulator, { creds: client.creds });
      rig.clients.push(again);
      await again.open();
      expect(await again.socket.groupMetadata(rig.group)).toMatchObject({ subject: 'Choir' });
    });

    it('to go where it is already changes nothing', async () => {
      const client = await rig.connect();
      await rig.simulator.goOnline();
      expect(await client.socket.groupMetadata(rig.group)).toMatchObject({ subject: 'Choir' });
      await rig.simulator.goOffline();
      await rig.simulator.goOffline();
      expect(await upgrade()).toContain('ECONNREFUSED');
      await rig.simulator.goOnline();
      await rig.simulator.goOnline();
      expect(await upgrade()).toBe('open');
    });
  });
});
