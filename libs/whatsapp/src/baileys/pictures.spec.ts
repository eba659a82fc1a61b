import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import type { WhatsAppClient } from '#whatsapp';
import { Bench } from './spec-support/linked.js';

const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');
const NO_GROUP = '120363999999999999@g.us';

describe('the picture of a group', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let client: WhatsAppClient;
  let group: string;

  beforeAll(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
    ({ client } = (await bench.linked(ada)).connection);
  });

  beforeEach(() => {
    group = ben.createGroup({ subject: 'Choir', participants: [ada.jid] });
    bench.simulator.log.clear();
  });

  afterEach(() => bench.simulator.faults.clear());
  afterAll(() => bench.stop());

  const asked = (): number => bench.simulator.log.count({ xmlns: 'w:profile:picture' });

  it('is set, shown and removed with one stanza each', async () => {
    await expect(client.setPicture(group, JPEG)).resolves.toBeUndefined();
    const url = await client.pictureUrl(group);
    const shown = await fetch(url ?? '');
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(JPEG);
    await expect(client.removePicture(group)).resolves.toBeUndefined();
    expect(asked()).toBe(3);
    await expect(client.pictureUrl(group)).resolves.toBeUndefined();
  });

  it('is removed where there is none, however WhatsApp puts that', async () => {
    await expect(client.removePicture(group)).resolves.toBeUndefined();
    bench.simulator.faults.iqError({ xmlns: 'w:profile:picture' }, 404, 'item-not-found');
    await expect(client.removePicture(group)).resolves.toBeUndefined();
  });

  it('is refused with the code of WhatsApp: what is no JPEG, a group of others, one that only admins edit', async () => {
    await expect(client.setPicture(group, Buffer.from('GIF89a'))).rejects.toMatchObject({ whatsappCode: 406 });
    await expect(client.setPicture(NO_GROUP, JPEG)).rejects.toMatchObject({ whatsappCode: 404 });
    const foreign = ben.createGroup({ subject: 'Foreign', participants: [] });
    await expect(client.pictureUrl(foreign)).rejects.toMatchObject({ whatsappCode: 403 });
    ben.changeSetting(group, 'locked', true);
    await expect(client.setPicture(group, JPEG)).rejects.toMatchObject({ whatsappCode: 403 });
    await expect(client.removePicture(group)).rejects.toMatchObject({ whatsappCode: 403 });
  });
});
