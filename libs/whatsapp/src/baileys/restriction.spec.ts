import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import type { WhatsAppClient } from '#whatsapp';
import { Bench } from './spec-support/linked.js';

const HOUR_MS = 3_600_000;

describe('a restriction of the account (463)', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let client: WhatsAppClient;
  let group: string;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    group = ada.createGroup({ subject: 'Choir', participants: [] });
    ({ client } = (await bench.linked(ada)).connection);
  });

  afterEach(() => bench.stop());

  /** As WhatsApp tells of it: JSON in a notification. Resolves once it was handled. */
  const tell = async (lock: object): Promise<void> => {
    const acknowledged = bench.simulator.log.next({ tag: 'ack' });
    const data = { xwa2_notify_account_reachout_timelock: lock };
    const attrs = { op_name: 'NotificationUserReachoutTimelockUpdate' };
    const update = { tag: 'update', attrs, content: Buffer.from(JSON.stringify({ data })) };
    ada.push({ tag: 'notification', attrs: { from: 's.whatsapp.net', type: 'mex' }, content: [update] });
    await acknowledged;
  };
  const lockUntil = (at: number): object => ({ is_active: true, time_enforcement_ends: String(at / 1000) });
  const refused = (code = 463): Promise<unknown> => {
    bench.simulator.faults.iqError({ xmlns: 'w:g2' }, code, 'restricted');
    return client.inviteCode(group).then(
      () => undefined,
      (error: unknown) => error,
    );
  };
  const inAnHour = (): number => Math.floor((Date.now() + HOUR_MS) / 1000) * 1000;

  it('tells when it ends, where WhatsApp has told that', async () => {
    const end = inAnHour();
    await tell(lockUntil(end));
    await expect(refused()).resolves.toMatchObject({ whatsappCode: 463, restrictedUntil: end });
  });

  it('tells the end that the refusal itself gives, whatever was told before', async () => {
    await tell(lockUntil(inAnHour()));
    bench.simulator.faults.restrict(undefined, { until: 1_893_456_000 });
    const refusal = client.updateSetting(group, { setting: 'isLocked', value: true });
    await expect(refusal).rejects.toMatchObject({ whatsappCode: 463, restrictedUntil: 1_893_456_000_000 });
  });

  it('tells no end of other refusals, nor before WhatsApp has told one', async () => {
    await expect(refused()).resolves.toMatchObject({ whatsappCode: 463, restrictedUntil: undefined });
    await tell(lockUntil(inAnHour()));
    await expect(refused(403)).resolves.toMatchObject({ whatsappCode: 403, restrictedUntil: undefined });
  });

  it('tells no end that is over, and none once the restriction was lifted', async () => {
    await tell(lockUntil(1_700_000_000_000));
    await expect(refused()).resolves.toMatchObject({ whatsappCode: 463, restrictedUntil: undefined });
    await tell(lockUntil(inAnHour()));
    await tell({ is_active: false });
    await expect(refused()).resolves.toMatchObject({ whatsappCode: 463, restrictedUntil: undefined });
  });
});
