import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises';
import type { SimulatedPhone, StreamError } from '#simulator';
import { CredentialsUnreadableError, type CloseKind } from '#whatsapp';
import { Bench, SESSION } from './spec-support/linked.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
  });

  afterEach(() => bench.stop());

  it('says who is logged in', async () => {
    const { events } = await bench.linked(ada);
    expect(events.all('open')[0]?.identity).toEqual({ waJid: ada.jid, waLid: ada.lid, phoneNumber: ada.number });
  });

  it('presents the version that was configured, and no other', async () => {
    bench.simulator.world.switches.oldestVersion = [2, 3000, 2_000_000_000];
    await bench.provide(ada);
    const old = bench.connect({ version: [2, 3000, 1_999_999_999] });
    expect((await old.events.next('closed')).reason).toMatchObject({ kind: 'client_outdated', code: 405 });
    const { events } = bench.connect({ version: [2, 3000, 2_000_000_000] });
    await events.next('open');
  });

  it('writes nothing on a login that finds everything as it was, but the list of its own devices', async () => {
    const first = await bench.linked(ada);
    await first.connection.close();
    bench.store.written.length = 0;
    const second = bench.connect();
    await second.events.next('open');
    await second.connection.close();
    expect(bench.store.written.filter(({ kind }) => kind !== 'device-list')).toEqual([]);
  });

  describe('§9.3: that does not come up', () => {
    it('is given up when the server takes the socket and never answers the upgrade', async () => {
      bench.simulator.faults.hangUpgrade();
      const { events } = bench.connect({ openTimeoutMs: 200 });
      expect((await events.next('closed')).reason).toMatchObject({
        kind: 'unavailable',
        message: 'the connection did not come up in time',
      });
    });

    it('is given up when the server goes silent after the login', async () => {
      bench.simulator.faults.mute(ada.number);
      await bench.provide(ada);
      const { events } = bench.connect({ openTimeoutMs: 300 });
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
      expect(events.names).toEqual(['closed']);
    });

    it.each([401, 403, 404, 429, 503])('ends at once when the upgrade is answered with HTTP %i', async (status) => {
      bench.simulator.faults.refuseUpgrade(status);
      await bench.provide(ada);
      const { events } = bench.connect({ openTimeoutMs: 60_000 });
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'unavailable', code: status });
      await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
    });

    it('ends at once when nobody listens', async () => {
      await bench.simulator.goOffline();
      const { events } = bench.connect({ openTimeoutMs: 60_000 });
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
      await bench.simulator.goOnline();
    });

    it('is not given up while it shows a code', async () => {
      const { connection, events } = bench.connect({ openTimeoutMs: 1_000 });
      await events.next('qr');
      await setTimeout(1_200);
      expect(events.names).toEqual(['qr']);
      await connection.close();
    });
  });

  describe('§9.4: that receives what nobody can decrypt', () => {
    it('ends alone, and the process and the other connections go on', async () => {
      const rejections: unknown[] = [];
      const keep = (reason: unknown): void => void rejections.push(reason);
      process.on('unhandledRejection', keep);
      const other = await bench.linked(ben, {}, '01J0000000000000000000000B');
      const { events } = await bench.linked(ada);
      bench.simulator.faults.garbage(ada.number);
      expect((await events.next('closed')).reason).toMatchObject({
        kind: 'unavailable',
        message: 'WhatsApp sent what cannot be decrypted',
      });
      await expect(other.connection.client.fetchGroups()).resolves.toEqual([]);
      process.off('unhandledRejection', keep);
      expect(rejections).toEqual([]);
    });

    it('ends when the handshake is answered with noise of another kind', async () => {
      bench.simulator.faults.tamper('serverHello');
      await bench.provide(ada);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });
  });

  it('§9.4: survives a listener that throws, and says so', async () => {
    await bench.provide(ada);
    const { events } = bench.connect();
    events.open = () => {
      throw new Error('a fault of ours');
    };
    await bench.log.until('an event of the connection could not be handled');
    bench.simulator.faults.dropAll();
    await events.next('closed');
  });

  describe('§9.8: tells why it ended', () => {
    const endings: [error: StreamError, kind: CloseKind, code: number][] = [
      ['replaced', 'replaced', 440],
      ['device_removed', 'logged_out', 401],
      ['restart_required', 'restart_required', 515],
      ['unavailable', 'unavailable', 503],
      [403, 'banned', 403],
      [401, 'unavailable', 401],
      [500, 'unavailable', 500],
      [516, 'unavailable', 516],
    ];

    it.each(endings)('stream error %s: %s', async (error, kind, code) => {
      const { events } = await bench.linked(ada);
      bench.simulator.faults.streamError(ada.number, error);
      expect((await events.next('closed')).reason).toMatchObject({ kind, code });
      expect(events.names).toEqual(['open', 'closed']);
    });

    const refusals: [reason: number, kind: CloseKind][] = [
      [401, 'logged_out'],
      [402, 'banned'],
      [403, 'banned'],
      [405, 'client_outdated'],
      [406, 'banned'],
      [409, 'client_outdated'],
      [500, 'bad_session'],
      [503, 'unavailable'],
    ];

    it.each(refusals)('a login refused with %i: %s', async (reason, kind) => {
      await bench.provide(ada);
      bench.simulator.faults.failOnLogin(ada.number, reason);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind, code: reason });
      expect(events.names).toEqual(['closed']);
    });

    it('another connection with the same credentials: replaced', async () => {
      const first = await bench.linked(ada);
      const second = bench.connect();
      await second.events.next('open');
      expect((await first.events.next('closed')).reason.kind).toBe('replaced');
    });

    it('a device that was unlinked meanwhile: logged_out at the login', async () => {
      await bench.provide(ada);
      await ada.unlinkDevices();
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'logged_out', code: 401 });
    });

    it('a line that was cut: unavailable', async () => {
      const { events } = await bench.linked(ada);
      bench.simulator.faults.dropAll();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });

    it('a server that says nothing any more: unavailable (pain 21)', async () => {
      const { events } = await bench.linked(ada, { keepAliveIntervalMs: 100 });
      bench.simulator.faults.mute(ada.number);
      expect((await events.next('closed', 1, 20_000)).reason).toMatchObject({ kind: 'unavailable', code: 408 });
    });
  });

  describe('§9.5: tells what happens to groups', () => {
    it('with everything that the stanza says, the actor included', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { events } = await bench.linked(ada);
      ben.promote(group, [ada.jid]);
      ben.changeNumber('4915100000099');
      const [promoted, renumbered] = [
        await events.next('groupNotification'),
        await events.next('groupNotification', 2),
      ];
      const lidOf = { lid: ben.lid };
      expect(promoted.notification).toMatchObject({
        groupJid: group,
        actor: { phoneJid: '4915100000002@s.whatsapp.net', ...lidOf },
        changes: [{ type: 'promoted', participants: [{ phoneJid: ada.jid, lid: ada.lid }] }],
      });
      expect(Math.abs(promoted.notification.at - Date.now())).toBeLessThan(10_000);
      expect(renumbered.notification.changes).toEqual([
        {
          type: 'renumbered',
          from: { phoneJid: '4915100000002@s.whatsapp.net', ...lidOf },
          to: { phoneJid: '4915100000099@s.whatsapp.net', ...lidOf },
        },
      ]);
    });

    it('being added, which comes as a group that was created', async () => {
      const { events } = await bench.linked(ada);
      const group = ben.createGroup({ subject: 'Choir', participants: [] });
      ben.add(group, [ada.jid]);
      expect((await events.next('groupNotification')).notification.changes).toMatchObject([
        { type: 'created', group: { groupJid: group, subject: 'Choir' } },
      ]);
    });

    it('every child of a stanza, an ended group and what nobody knows', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { events } = await bench.linked(ada);
      ada.push({
        tag: 'notification',
        attrs: { from: group, type: 'w:gp2', t: '1700000000' },
        content: [
          { tag: 'locked', attrs: {} },
          { tag: 'brand_new', attrs: {} },
          { tag: 'delete', attrs: {} },
        ],
      });
      const { notification } = await events.next('groupNotification');
      expect(notification.changes).toEqual([
        { type: 'settings', settings: { isLocked: true } },
        { type: 'unknown', tag: 'brand_new' },
        { type: 'deleted' },
      ]);
    });

    it('what was missed, before `open`', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      await bench.provide(ada);
      ben.changeSubject(group, 'Orchestra');
      const { events } = bench.connect();
      await events.next('open');
      expect(events.names).toEqual(['groupNotification', 'open']);
      expect(events.all('groupNotification')[0]?.notification.changes).toEqual([
        { type: 'settings', settings: { subject: 'Orchestra' } },
      ]);
    });

    it('and acknowledges it, so that it does not come again', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { connection, events } = await bench.linked(ada);
      const acknowledged = bench.simulator.log.next({ tag: 'ack' });
      ben.changeSubject(group, 'Orchestra');
      await Promise.all([events.next('groupNotification'), acknowledged]);
      await connection.close();
      const again = bench.connect();
      await again.events.next('open');
      expect(again.events.names).toEqual(['open']);
    });

    it('that all groups are to be read again, without reading them behind our back', async () => {
      const { events } = await bench.linked(ada);
      bench.simulator.log.clear();
      const cleaned = bench.simulator.log.next({ xmlns: 'urn:xmpp:whatsapp:dirty' });
      ada.sendGroupsDirty();
      await Promise.all([events.next('groupsDirty'), cleaned]);
      expect(bench.simulator.log.count({ xmlns: 'w:g2' })).toBe(0);
    });
  });

  describe('to which messages come', () => {
    const message = (from: string): Parameters<SimulatedPhone['push']>[0] => ({
      tag: 'message',
      attrs: { from, type: 'text', t: '1700000000' },
      content: [{ tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.alloc(64, 3) }],
    });

    it("does not try to decrypt those of others, people's or groups'", async () => {
      await bench.linked(ada);
      for (const from of [ben.jid, ben.lid, '120363000000000001@g.us', 'status@broadcast']) {
        const answered = bench.simulator.log.next({ tag: 'ack', to: from });
        ada.push(message(from));
        expect((await answered).node.attrs).toMatchObject({ class: 'message', error: '500' });
      }
      // Whoever tries and fails asks for the sender's keys.
      expect(bench.simulator.log.count({ xmlns: 'encrypt', child: 'key' })).toBe(0);
    });

    it("tries with those of the account's own phone, and asks for its keys where it has none", async () => {
      await bench.linked(ada);
      const asked = bench.simulator.log.next({ xmlns: 'encrypt', child: 'key' });
      ada.push(message(ada.jid));
      await asked;
    });
  });

  describe('§9.10: checks the certificate chain of the server', () => {
    it.each(['leaf', 'intermediate'] as const)('a tampered %s is refused', async (part) => {
      bench.simulator.faults.tamper(part);
      await bench.provide(ada);
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toMatchObject({ kind: 'untrusted_server', code: 400 });
      expect(bench.simulator.logins(ada.number)).toBe(0);
    });

    it.each(['leaf', 'intermediate'] as const)('a tampered %s passes where the check is turned off', async (part) => {
      bench.simulator.faults.tamper(part);
      await bench.provide(ada);
      const { events } = bench.connect({ verifySignatures: false });
      await events.next('open');
    });
  });

  describe('§9.11: trusts a root of its own', () => {
    it('on a loopback address, and none but that', async () => {
      await bench.provide(ada);
      const { events } = bench.connect({ rootKey: 'ab'.repeat(32) });
      expect((await events.next('closed')).reason.kind).toBe('untrusted_server');
    });

    it('not elsewhere: that does not even start', () => {
      expect(() => bench.connector({ url: 'wss://web.whatsapp.com/ws/chat' })).toThrow('loopback');
    });
  });

  describe('whose credentials fail it', () => {
    it('bad_session when they cannot be read, and they are left alone', async () => {
      await bench.provide(ada);
      bench.store.failReads(new CredentialsUnreadableError('no such key'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('bad_session');
      await expect(bench.connector().isPaired(SESSION)).rejects.toBeInstanceOf(CredentialsUnreadableError);
      bench.store.failReads(undefined);
      await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
    });

    it('bad_session when a Signal key cannot be read later, never "no such key" (pain 1)', async () => {
      await bench.provide(ada);
      bench.store.put(SESSION, 'pre-key', '2', Buffer.from('not what was written'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('bad_session');
      expect(bench.simulator.log.count({ xmlns: 'encrypt', type: 'set' })).toBe(0);
    });

    it('unavailable when the store is away: a pairing is not condemned for that', async () => {
      await bench.provide(ada);
      bench.store.failReads(new Error('connect ECONNREFUSED'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason.kind).toBe('unavailable');
    });

    it('unavailable when they cannot be written, and it is logged', async () => {
      await bench.provide(ada);
      bench.store.failWrites(new Error('disk full'));
      const { events } = bench.connect();
      expect((await events.next('closed')).reason).toEqual({
        kind: 'unavailable',
        message: 'the credential store failed',
      });
      expect(bench.log.lines).toContainEqual(
        expect.objectContaining({ level: 'error', facts: expect.objectContaining({ sessionId: SESSION }) }),
      );
    });
  });

  describe('that is closed', () => {
    it('reports it once and nothing after it', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { connection, events } = await bench.linked(ada);
      ben.changeSubject(group, 'Orchestra');
      await Promise.all([connection.close(), connection.close()]);
      const told = [...events.names];
      ben.changeSubject(group, 'Band');
      await connection.close();
      expect(events.names).toEqual(told);
      expect(told.filter((name) => name === 'closed')).toHaveLength(1);
      expect(told.at(-1)).toBe('closed');
      expect(events.all('closed')[0]?.reason.kind).toBe('closed');
    });

    it('before it began to connect: never connects', async () => {
      await bench.provide(ada);
      const { connection, events } = bench.connect();
      await connection.close();
      expect(events.names).toEqual(['closed']);
      expect(bench.simulator.logins(ada.number)).toBe(0);
    });

    it('while it connects: ends without a trace', async () => {
      bench.simulator.faults.hangUpgrade();
      const { connection, events } = bench.connect();
      await connection.close();
      expect(events.names).toEqual(['closed']);
    });

    it('stores what is still to be written first', async () => {
      await bench.provide(ada);
      bench.store.hold();
      const { connection, events } = bench.connect();
      await Promise.all([bench.store.reached(1), events.next('open')]);
      const closed = connection.close();
      while (bench.simulator.connections() > 0) await nextTurn();
      await setTimeout(50);
      expect(events.names).toEqual(['open']);
      bench.store.release();
      await closed;
      expect(events.names).toEqual(['open', 'closed']);
    });

    it('does not wait for a peer that is dead', async () => {
      const { connection } = await bench.linked(ada);
      bench.simulator.faults.freeze(ada.number);
      const began = performance.now();
      await connection.close();
      expect(performance.now() - began).toBeLessThan(3_000);
    });
  });

  describe('that is logged out', () => {
    it('unlinks the device and is closed, not logged_out by somebody else', async () => {
      const { connection, events } = await bench.linked(ada);
      await connection.logout();
      expect(ada.devices()).toHaveLength(0);
      expect((await events.next('closed')).reason.kind).toBe('closed');
    });

    it('ends within a few seconds although WhatsApp does not answer, or is dead (pain 21)', async () => {
      const { connection, events } = await bench.linked(ada);
      bench.simulator.faults.freeze(ada.number);
      const began = performance.now();
      await connection.logout();
      expect(performance.now() - began).toBeLessThan(8_000);
      expect(events.all('closed')[0]?.reason.kind).toBe('closed');
    });

    it('before it is open: just closes', async () => {
      const { connection, events } = bench.connect();
      await events.next('qr');
      await connection.logout();
      expect(events.names).toEqual(['qr', 'closed']);
    });
  });
});
