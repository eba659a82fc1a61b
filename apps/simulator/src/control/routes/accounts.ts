import { BufferJSON } from '@whiskeysockets/baileys';
import { z } from 'zod';
import type { Simulator } from '../../simulator.js';
import type { SimulatedPhone } from '../../simulated-phone.js';
import { defined, phone } from '../fields.js';
import { get, post, type Route } from '../route.js';

const PAGE = 100;
const groupAdd = z.enum(['all', 'contacts', 'none']);

function describe(simulator: Simulator, person: SimulatedPhone): unknown {
  const { account } = person;
  return {
    phone: account.phone,
    name: account.name,
    jid: account.phoneJid,
    lid: account.lidJid,
    privacy: account.privacy,
    showsNumber: account.showsNumber,
    logins: simulator.logins(account.phone),
    devices: person.devices().map(({ id, jid, connected }) => ({ id, jid, connected: connected !== undefined })),
  };
}

/** People, and the devices that they link. */
export const accountRoutes: readonly Route[] = [
  get(
    '/accounts',
    `who is on WhatsApp; ?limit= (${PAGE}), ?linked=true for those with a device`,
    ({ simulator, query }) => {
      const people = [...simulator.world.directory.all()].map(({ phoneJid }) => simulator.phone(phoneJid));
      const wanted = query.get('linked') === 'true' ? people.filter((person) => person.devices().length > 0) : people;
      const limit = Number(query.get('limit') ?? PAGE);
      return { total: wanted.length, accounts: wanted.slice(0, limit).map((person) => describe(simulator, person)) };
    },
  ),
  post('/accounts', {
    does: 'bring somebody onto WhatsApp',
    body: z.strictObject({
      phone,
      name: z.string().min(1).optional(),
      privacy: groupAdd.optional(),
    }),
    example: { phone: '491555000042', name: 'Zoe', privacy: 'all' },
    run: ({ simulator, body }) => describe(simulator, simulator.createAccount(defined(body))),
  }),
  post('/privacy', {
    does: 'say who may add the account to groups, and whether others are told its number beside its LID',
    body: z.strictObject({ phone, groupAdd: groupAdd.optional(), showsNumber: z.boolean().optional() }),
    example: { phone: '491555000002', groupAdd: 'none' },
    run: ({ simulator, body: { phone: number, groupAdd: whoAdds, showsNumber } }) => {
      const person = simulator.phone(number);
      if (whoAdds !== undefined) person.account.privacy = whoAdds;
      if (showsNumber !== undefined) person.account.showsNumber = showsNumber;
      return describe(simulator, person);
    },
  }),
  post('/scan', {
    does: 'scan the QR code that a device shows: links it to the account',
    body: z.strictObject({ phone, qr: z.string().min(1) }),
    example: { phone: '491555000001', qr: 'https://wa.me/settings/linked_devices#…' },
    run: async ({ simulator, body }) => {
      await simulator.phone(body.phone).scanQr(body.qr);
      return describe(simulator, simulator.phone(body.phone));
    },
  }),
  post('/pairing-code', {
    does: 'type the pairing code that a device shows',
    body: z.strictObject({ phone, code: z.string().min(8) }),
    example: { phone: '491555000001', code: 'ABCD-EFGH' },
    run: async ({ simulator, body }) => {
      await simulator.phone(body.phone).enterPairingCode(body.code);
      return describe(simulator, simulator.phone(body.phone));
    },
  }),
  post('/provision', {
    does: "link a device without pairing: answers its credentials as Baileys' BufferJSON writes them",
    body: z.strictObject({ phone }),
    example: { phone: '491555000001' },
    run: async ({ simulator, body }) => {
      const provisioned = await simulator.phone(body.phone).provision();
      return JSON.parse(JSON.stringify(provisioned, BufferJSON.replacer)) as unknown;
    },
  }),
  post('/unlink', {
    does: 'unlink every device of the account (401, device_removed)',
    body: z.strictObject({ phone }),
    example: { phone: '491555000001' },
    run: ({ simulator, body }) => simulator.phone(body.phone).unlinkDevices(),
  }),
];
