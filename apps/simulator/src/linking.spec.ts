import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator } from './simulator.js';
import { Client } from './spec-support/client.js';

describe('linking a device', () => {
  let simulator: Simulator;
  const clients: Client[] = [];

  beforeEach(async () => {
    simulator = await Simulator.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await simulator.stop();
  });

  it('links by QR, asks for a restart, and lets the device log in', async () => {
    const phone = simulator.createAccount({ phone: '4915112345678', name: 'Ada' });
    const client = new Client(simulator);
    clients.push(client);
    const closed = client.closed();
    await phone.scanQr(await client.qr());
    expect(await closed).toMatchObject({ statusCode: 515 });
    expect(client.creds.me).toMatchObject({ id: '4915112345678:1@s.whatsapp.net', lid: `${phone.account.lid}:1@lid` });
    const again = new Client(simulator, { creds: client.creds });
    clients.push(again);
    await again.open();
    expect(simulator.logins('4915112345678')).toBe(1);
  });
});
