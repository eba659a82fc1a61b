import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PAIRING_AT_ONCE } from '../apps/gateway/src/sessions/turns.js';
import { Simulator, type SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

/** Whoever asks to log out or to delete has an answer within 15 s, whatever WhatsApp does; the rest is for a slow machine. */
const TEARDOWN_MS = 45_000;

let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let phones = 6281900000000;

beforeAll(async () => {
  simulator = await Simulator.start();
  gateway = await startGateway({ simulator });
  token = await gateway.apiKey(['read', 'send', 'manage']);
});

afterAll(async () => {
  await gateway.close();
  await simulator.stop();
});

afterEach(() => simulator.faults.clear());

const newPhone = (): SimulatedPhone => simulator.createAccount({ phone: String(++phones) });
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.request(method, `/api/v1/sessions${path}`, { token, body });

interface Dying {
  phone: SimulatedPhone;
  id: string;
}

describe('sessions whose connection is dead (pain 21)', () => {
  let sessions: Dying[];

  beforeEach(async () => {
    sessions = await Promise.all(Array.from({ length: 4 }, dying));
  });

  const dying = async (): Promise<Dying> => {
    const phone = newPhone();
    return { phone, id: await linkSession(gateway, token, phone) };
  };
  const cut = ({ phone }: Dying): void => simulator.faults.dropAll(phone.number);

  const deaths: [string, (one: Dying[], others: Dying[]) => unknown][] = [
    [
      'are not answered any more, or frozen at the other end',
      (one, others) => {
        one.forEach(({ phone }) => simulator.faults.mute(phone.number));
        others.forEach(({ phone }) => simulator.faults.freeze(phone.number));
      },
    ],
    [
      'are cut, or were stopped, and none can be made',
      async (one, others) => {
        await Promise.all(others.map(({ id }) => call('POST', `/${id}:stop`)));
        simulator.faults.refuseUpgrade(503, { times: Infinity });
        one.forEach(cut);
      },
    ],
    [
      'are cut, and the next ones hang',
      (one, others) => {
        simulator.faults.hangUpgrade({ times: Infinity });
        [...one, ...others].forEach(cut);
      },
    ],
  ];

  it.each(deaths)(
    'are logged out, and can be linked again, or deleted, when they %s',
    async (_, die) => {
      await die(sessions.slice(0, 2), sessions.slice(2));
      const [loggedOut, deleted] = [sessions.filter((_one, n) => n % 2 === 0), sessions.filter((_one, n) => n % 2)];
      await Promise.all([
        ...loggedOut.map(async ({ id }) =>
          expect(await call('POST', `/${id}:logout`)).toMatchObject({ status: 200, body: { status: 'logged_out' } }),
        ),
        ...deleted.map(async ({ id }) => expect((await call('DELETE', `/${id}`)).status).toBe(204)),
      ]);
      simulator.faults.clear();
      for (const { id } of deleted) expect((await call('GET', `/${id}`)).status).toBe(404);
      await Promise.all(loggedOut.map(linkAgain));
    },
    TEARDOWN_MS,
  );

  async function linkAgain({ phone, id }: Dying): Promise<void> {
    await call('POST', `/${id}:start`);
    const { body } = await call('GET', `/${id}/qr?wait=20`);
    await phone.scanQr((body as { code: string }).code);
    await statusIs(gateway, token, id, 'working');
  }
});

describe('a session that waits for its next attempt', () => {
  it('tells operators when that is, and why (pain 5)', async () => {
    const id = await linkSession(gateway, token, newPhone());
    const admin = await gateway.jwt({ org: 'platform', role: 'super_admin' });
    simulator.faults.refuseUpgrade(503, { times: Infinity });
    simulator.faults.dropAll();
    await eventually(async () => {
      const { body } = await gateway.request('GET', '/api/v1/admin/sessions', { token: admin });
      const shown = (body as { data: { id: string; nextRetryAt?: number }[] }).data.find((one) => one.id === id);
      expect(shown).toMatchObject({
        status: 'starting',
        statusReason: 'reconnecting',
        nextRetryAt: expect.any(Number),
      });
      expect(shown?.nextRetryAt).toBeLessThanOrEqual(Date.now() + 4_000);
    });
    simulator.faults.clear();
    expect(await statusIs(gateway, token, id, 'working')).not.toHaveProperty('nextRetryAt');
  });
});

describe('more sessions than may wait to be linked at once (pain 4)', () => {
  it('wait for their turn and say so, while linked ones connect; a place that comes free is given on', async () => {
    const linked = await linkSession(gateway, token, newPhone());
    const create = async (): Promise<string> => {
      const { body } = await call('POST', '', { start: true });
      return (body as { id: string }).id;
    };
    const shown = await Promise.all(Array.from({ length: PAIRING_AT_ONCE }, create));
    await Promise.all(shown.map((id) => statusIs(gateway, token, id, 'scan_qr_code')));
    const [stopped, waiting] = [await create(), await create()];
    await statusIs(gateway, token, waiting, 'starting', 'waiting_to_pair');
    expect(await call('GET', `/${waiting}/qr`)).toMatchObject({
      status: 404,
      body: { error: { details: { reason: 'qr_not_ready', statusReason: 'waiting_to_pair' } } },
    });
    await call('POST', `/${linked}:restart`);
    await statusIs(gateway, token, linked, 'working');
    await call('POST', `/${stopped}:stop`);
    await call('DELETE', `/${shown[0]}`);
    await statusIs(gateway, token, waiting, 'scan_qr_code');
    await Promise.all([...shown.slice(1), stopped, waiting].map((id) => call('DELETE', `/${id}`)));
  });
});
