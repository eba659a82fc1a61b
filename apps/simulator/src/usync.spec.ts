import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { USyncQuery, USyncUser } from '@whiskeysockets/baileys';
import type { SimulatedPhone } from './simulated-phone.js';
import type { Client } from './spec-support/client.js';
import { BEN, Rig } from './spec-support/rig.js';

const NOBODY = '4915199999999';
const jid = (phone: string): string => `${phone}@s.whatsapp.net`;

describe('who is behind a phone number', () => {
  let rig: Rig;
  let ben: SimulatedPhone;
  let client: Client;

  beforeEach(async () => {
    rig = await Rig.start();
    ben = rig.simulator.phone(BEN);
    client = await rig.connect();
  });
  afterEach(() => rig.stop());

  const ask = async (query: USyncQuery): Promise<unknown> => (await client.socket.executeUSyncQuery(query))?.list;

  it('is told with the LID for a number that is on WhatsApp, and with nothing for one that is not', async () => {
    const query = new USyncQuery().withContactProtocol().withLIDProtocol();
    for (const phone of [`+${BEN}`, NOBODY]) query.withUser(new USyncUser().withPhone(phone));
    expect(await ask(query)).toEqual([
      { id: ben.jid, contact: true, lid: ben.lid },
      { id: jid(NOBODY), contact: false },
    ]);
  });

  it('is told for a JID, where the number is not shown beside the LID, too', async () => {
    ben.account.showsNumber = false;
    const query = new USyncQuery().withLIDProtocol();
    for (const phone of [BEN, NOBODY]) query.withUser(new USyncUser().withId(jid(phone)));
    expect(await ask(query)).toEqual([{ id: ben.jid, lid: ben.lid }, { id: jid(NOBODY) }]);
  });

  it("is told in the words of Baileys' own helpers", async () => {
    expect(await client.socket.onWhatsApp(ben.jid, jid(NOBODY))).toEqual([{ jid: ben.jid, exists: true }]);
    expect(await client.socket.signalRepository.lidMapping.getLIDForPN(ben.jid)).toBe(ben.lid);
    expect(await client.socket.signalRepository.lidMapping.getLIDForPN(jid(NOBODY))).toBeNull();
  });

  it('is told with the devices', async () => {
    await ben.provision();
    expect(await client.socket.getUSyncDevices([ben.lid], false, false)).toMatchObject([
      { device: 0, jid: ben.lid },
      { device: 1, jid: ben.devices()[0]?.lid },
    ]);
  });
});
