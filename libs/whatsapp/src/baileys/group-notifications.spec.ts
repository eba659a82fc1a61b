import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { Bench, type Linked } from './spec-support/linked.js';

const ACK = { tag: 'ack', type: 'w:gp2' };

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

    it('and acknowledges it only when it was handled, without holding up anything else', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const { connection, events } = await bench.linked(ada);
      let stored: () => void = () => undefined;
      events.handled = () => new Promise((resolve) => (stored = resolve));
      bench.simulator.log.clear();
      ben.changeSubject(group, 'Orchestra');
      const { notification } = await events.next('groupNotification');
      ada.push({ tag: 'notification', attrs: { from: 's.whatsapp.net', type: 'server_sync' } });
      await bench.simulator.log.next({ tag: 'ack', type: 'server_sync' });
      await connection.client.fetchGroup(group);
      expect(bench.simulator.log.count(ACK)).toBe(0);
      const acknowledged = bench.simulator.log.next(ACK);
      stored();
      expect((await acknowledged).node.attrs).toEqual({
        id: notification.id,
        to: group,
        class: 'notification',
        type: 'w:gp2',
        participant: ben.lid,
      });
    });

    it('opens while nothing of what was missed is handled yet', async () => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      await bench.provide(ada);
      for (let n = 0; n < 300; n++) ben.changeSubject(group, `Orchestra ${n}`);
      const { connection, events } = bench.connect();
      events.handled = () => new Promise(() => undefined);
      await events.next('open');
      expect(events.all('groupNotification')).toHaveLength(300);
      expect((await connection.client.fetchGroup(group)).subject).toBe('Orchestra 299');
      expect(bench.simulator.log.count(ACK)).toBe(0);
    });

    it.each<[string, (linked: Linked) => void]>([
      ['cannot be handled', ({ events }) => (events.handled = () => Promise.reject(new Error('not stored')))],
      [
        'is handled when the connection has ended',
        ({ events, connection }) => (events.handled = () => connection.close()),
      ],
    ])('again, as the same, at the next login, when it %s', async (_, fail) => {
      const group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
      const linked = await bench.linked(ada);
      fail(linked);
      ben.changeSubject(group, 'Orchestra');
      const { notification } = await linked.events.next('groupNotification');
      await linked.connection.close();
      expect(bench.simulator.log.count(ACK)).toBe(0);
      const again = bench.connect();
      await again.events.next('open');
      expect(again.events.all('groupNotification')).toEqual([{ event: 'groupNotification', notification }]);
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
});
