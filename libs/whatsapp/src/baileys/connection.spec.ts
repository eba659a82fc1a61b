import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { Bench } from './spec-support/linked.js';

describe('a connection', () => {
  let bench: Bench;
  let ada: SimulatedPhone;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
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
});
