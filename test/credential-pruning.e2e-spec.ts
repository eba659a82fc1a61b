import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CredentialPruner } from '../apps/gateway/src/sessions/housekeeping/credential-pruner.js';
import { SessionRegistry } from '../apps/gateway/src/sessions/index.js';
import { CredentialInventory, Database } from '#store';
import { LeaseLostError, parseUserJid, type SessionLease } from '#whatsapp';
import { Simulator, type SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';

let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let me: SimulatedPhone;
let other: SimulatedPhone;
let guarded: SimulatedPhone;
let group: string;
let session: string;
let bystander: string;

beforeAll(async () => {
  simulator = await Simulator.start();
  me = simulator.createAccount({ phone: '6281600000001', name: 'Me' });
  other = simulator.createAccount({ phone: '6281600000002', name: 'Other' });
  guarded = simulator.createAccount({ phone: '6281600000003', name: 'Guarded', privacy: 'none' });
  group = me.createGroup({ subject: 'Choir', participants: [other.jid] });
  me.promote(group, [other.jid]);
  gateway = await startGateway({ simulator });
  token = await gateway.apiKey(['read', 'send', 'manage']);
  session = await linkSession(gateway, token, me, 1);
  bystander = await linkSession(gateway, token, other, 1);
});

afterAll(async () => {
  await gateway.close();
  await simulator.stop();
});

const acted = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const answer = await gateway.request(method, `/api/v1/sessions/${session}${path}`, { token, body });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};
const change = (action: string, person: SimulatedPhone, options: object = {}): Promise<unknown> =>
  acted('POST', `/groups/${group}/participants`, { action, participants: [person.jid], ...options });
const invite = async (): Promise<void> => {
  await change('add', guarded, { inviteFallback: true });
  expect(await guarded.nextInvite()).toMatchObject({ groupJid: group, from: me.number });
};
const restart = async (): Promise<void> => {
  const logins = simulator.logins(me.number);
  await acted('POST', ':restart');
  await eventually(() => expect(simulator.logins(me.number)).toBe(logins + 1));
  await statusIs(gateway, token, session, 'working');
};
const aged = (sessionId: string): Promise<unknown> =>
  gateway.app
    .get(Database)
    .dataSource.query(`update session_credentials set updated_at = now() - interval '1 year' where session_id = $1`, [
      sessionId,
    ]);
const stored = async (sessionId = session): Promise<Record<string, string[]>> => {
  const ids: Record<string, string[]> = {};
  for (const { kind, id } of await gateway.app.get(CredentialInventory).list(sessionId)) (ids[kind] ??= []).push(id);
  for (const list of Object.values(ids)) list.sort();
  return ids;
};
const leaseOf = (sessionId: string): SessionLease => {
  const lease = gateway.app.get(SessionRegistry).runner(sessionId)?.lease;
  if (!lease) throw new Error('the session does not run');
  return lease;
};
const prune = (lease = leaseOf(session)): Promise<void> =>
  gateway.app.get(CredentialPruner).prune({ lease, account: { phoneJid: me.jid, lid: me.lid } });

const preKeys = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index)).sort();
/** `all` but for `some`, of which there is each. */
const without = (all: Record<string, string[]>, some: Record<string, string[]>): Record<string, string[]> => {
  for (const [kind, ids] of Object.entries(some)) expect(all[kind]).toEqual(expect.arrayContaining(ids));
  return Object.fromEntries(
    Object.entries(all).map(([kind, ids]) => [kind, ids.filter((id) => !some[kind]?.includes(id))]),
  );
};

describe('credentials that nobody touched for a year', () => {
  it('go, where nothing needs them; the session connects, acts, hears and invites as before', async () => {
    await invite();
    for (const uploads of [2, 3]) {
      // WhatsApp has handed out all of them: as many again are made, and stay, for nobody decrypts what strangers write.
      for (const device of me.devices()) device.preKeyCount = 0;
      await restart();
      expect((await stored())['pre-key']).toHaveLength(uploads * 812);
    }
    const [before, untouched] = [await stored(), await stored(bystander)];
    await Promise.all([aged(session), aged(bystander)]);

    await prune();

    const after = await stored();
    expect(after['pre-key']).toEqual(preKeys(813, 2_436));
    const guardedUser = parseUserJid(guarded.lid)?.user ?? '';
    const aboutGuarded = { session: [`${guardedUser}_1.0`], 'device-list': [guardedUser] };
    expect(after).toEqual({ ...without(before, aboutGuarded), 'pre-key': after['pre-key'] });
    expect(await stored(bystander)).toEqual(untouched);

    for (let time = 0; time < 2; time++) {
      await change('demote', other);
      await change('promote', other);
      other.changeSubject(group, `Choir ${time}`);
      await eventually(async () =>
        expect(await acted('GET', `/groups/${group}`)).toMatchObject({ subject: `Choir ${time}` }),
      );
      await invite();
      await restart();
    }
    // Baileys remembers for five minutes which devices there are, and stores them when it asks for them again.
    expect(await stored()).toEqual({ ...after, session: before['session'] });
    expect(me.devices()).toHaveLength(1);
  });

  it('are counted in the log, before and after, and nothing of them is shown', async () => {
    await aged(session);
    const before = await stored();
    await prune();
    const [line] = gateway.log.filter(({ msg }) => msg === 'credentials pruned').slice(-1);
    const size = (items: number): object => ({ items, bytes: expect.any(Number) });
    const kinds = (of: Record<string, string[]>): object =>
      Object.fromEntries(Object.entries(of).map(([kind, ids]) => [kind, size(ids.length)]));
    const total = Object.values(before).flat().length;
    expect(line).toMatchObject({
      sessionId: session,
      removed: 1,
      before: { ...size(total), kinds: kinds(before) },
      after: { ...size(total - 1), kinds: kinds(await stored()) },
    });
    expect(JSON.stringify(line)).not.toContain(parseUserJid(guarded.lid)?.user);
  });

  it('stay, when the session is somebody else’s by now', async () => {
    await invite();
    await aged(session);
    const before = await stored();
    const lease = leaseOf(session);
    await expect(prune({ ...lease, fence: lease.fence - 1 })).rejects.toThrow(LeaseLostError);
    expect(await stored()).toEqual(before);
  });
});
