import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { LeaseLostError, SessionNotConnectedError, type HeldLease } from '#whatsapp';
import { Bench, SESSION } from './spec-support/linked.js';
import { Recorder } from './spec-support/recorder.js';

/** A lease that ran out as soon as a spec says so; nobody has noticed yet. */
class RunningOut implements HeldLease {
  readonly sessionId = SESSION;
  readonly fence = 1;
  readonly lost = new AbortController().signal;
  isHeld = true;
}

describe('a connection whose lease ran out while its process stood still (pain 2)', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let lease: RunningOut;
  let events: Recorder;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    await bench.provide(ada);
    lease = new RunningOut();
    events = new Recorder();
  });

  afterEach(() => bench.stop());

  const connect = (keepAliveIntervalMs: number) => bench.connector({ keepAliveIntervalMs }).connect(lease, events);

  it('sends nothing of what it is asked', async () => {
    const connection = connect(3_600_000);
    await events.next('open');
    lease.isHeld = false;
    await expect(connection.client.fetchGroups()).rejects.toThrow(SessionNotConnectedError);
    await connection.close();
    expect(bench.simulator.log.all({ xmlns: 'w:g2' })).toEqual([]);
  });

  it('sends nothing of its own either, and is over', async () => {
    connect(100);
    await events.next('open');
    await bench.simulator.log.next({ xmlns: 'w:p' });
    lease.isHeld = false;
    bench.simulator.log.clear();
    expect((await events.next('closed')).reason).toMatchObject({ kind: 'lease_lost' });
    expect(bench.simulator.log.all()).toEqual([]);
    await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
  });

  it('is over, too, when what it wants to write is refused because somebody else has the session', async () => {
    bench.store.failWrites(new LeaseLostError(SESSION));
    connect(3_600_000);
    expect((await events.next('closed')).reason).toMatchObject({ kind: 'lease_lost' });
    bench.store.failWrites(undefined);
    await expect(bench.connector().isPaired(SESSION)).resolves.toBe(true);
  });
});
