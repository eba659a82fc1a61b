import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import {
  OutcomeUnknownError,
  SessionNotConnectedError,
  WhatsAppRefusedError,
  type GroupSettingChange,
  type MemberAction,
  type WhatsAppClient,
} from '#whatsapp';
import { BaileysClient } from './baileys-client.js';
import { Bench, type Linked } from './spec-support/linked.js';

const NOBODY = '4915100009999@s.whatsapp.net';
const NO_GROUP = '120363999999999999@g.us';

describe.each(['lid', 'pn'] as const)('the client, on groups addressed by %s', (addressingMode) => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let cleo: SimulatedPhone;
  let client: WhatsAppClient;
  let group: string;

  beforeAll(async () => {
    bench = await Bench.start({ switches: { defaultAddressingMode: addressingMode } });
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
    cleo = bench.simulator.createAccount({ phone: '4915100000003', name: 'Cleo' });
    ({ client } = (await bench.linked(ada)).connection);
  });

  beforeEach(() => {
    group = ada.createGroup({ subject: 'Choir', participants: [ben.jid] });
    bench.simulator.log.clear();
  });

  afterEach(() => bench.simulator.faults.clear());
  afterAll(() => bench.stop());

  /** Queries about groups that reached WhatsApp. */
  const asked = (): number => bench.simulator.log.count({ xmlns: 'w:g2' });
  const both = (phone: SimulatedPhone): object => ({ phoneJid: phone.jid, lid: phone.lid });

  it('reads one group, whole', async () => {
    ada.changeDescription(group, 'we sing');
    ada.changeSetting(group, 'announcement', true);
    await expect(client.fetchGroup(group)).resolves.toEqual({
      groupJid: group,
      addressingMode,
      subject: 'Choir',
      description: 'we sing',
      descriptionId: expect.any(String),
      isAnnounce: true,
      isLocked: false,
      joinApproval: false,
      memberAddMode: 'admin_add',
      ephemeralSeconds: 0,
      owner: addressingMode === 'lid' ? both(ada) : { phoneJid: ada.jid },
      createdAtWa: expect.any(Number),
      participants: [
        { ...both(ada), role: 'superadmin' },
        { ...both(ben), role: 'member' },
      ],
    });
    expect(asked()).toBe(1);
  });

  it('reads all groups with one stanza, and parses them as it parses one', async () => {
    ben.createGroup({ subject: 'Other', participants: [ada.jid, cleo.jid] });
    const groups = await client.fetchGroups();
    expect(asked()).toBe(1);
    expect(groups).toContainEqual(await client.fetchGroup(group));
    expect(groups.map(({ subject }) => subject)).toContain('Other');
  });

  it('makes a group, and tells who was declined without counting them as members', async () => {
    bench.simulator.faults.participantError(cleo.number, 403);
    const { group: made, results } = await client.createGroup('New', [cleo.jid, ben.jid, NOBODY]);
    expect(asked()).toBe(1);
    expect(made.subject).toBe('New');
    expect(made.participants).toEqual([
      { ...both(ada), role: 'superadmin' },
      { ...both(ben), role: 'member' },
    ]);
    expect(results).toMatchObject([
      { input: cleo.jid, code: 403, invite: { code: expect.any(String) } },
      { input: ben.jid, code: 200, ...both(ben) },
      { input: NOBODY, code: 404 },
    ]);
    await expect(client.fetchGroup(made.groupJid)).resolves.toEqual(made);
  });

  it('adds, promotes, demotes and removes with one stanza each', async () => {
    for (const action of ['add', 'promote', 'demote', 'remove'] as const satisfies MemberAction[]) {
      bench.simulator.log.clear();
      await expect(client.updateMembers(group, action, [cleo.jid])).resolves.toEqual([
        { input: cleo.jid, ...both(cleo), code: 200 },
      ]);
      expect(asked()).toBe(1);
    }
    expect((await client.fetchGroup(group)).participants).toHaveLength(2);
  });

  it('§9.6: gives a result for each JID in the order sent, whichever address was sent', async () => {
    const inputs = [NOBODY, cleo.lid, ben.jid];
    await expect(client.updateMembers(group, 'add', inputs)).resolves.toEqual([
      expect.objectContaining({ input: NOBODY, code: 404 }),
      { input: cleo.lid, ...both(cleo), code: 200 },
      { input: ben.jid, ...both(ben), code: 409 },
    ]);
  });

  it('§9.6: matches results although WhatsApp names no other address than its own', async () => {
    bench.simulator.world.switches.otherAddressInResults = false;
    const results = await client.updateMembers(group, 'add', [ben.jid, cleo.jid]);
    bench.simulator.world.switches.otherAddressInResults = true;
    expect(results.map(({ input, code }) => [input, code])).toEqual([
      [ben.jid, 409],
      [cleo.jid, 200],
    ]);
  });

  it('hands on the invite that WhatsApp gives for one whose privacy forbids the add', async () => {
    bench.simulator.faults.participantError(cleo.number, 403);
    const [result] = await client.updateMembers(group, 'add', [cleo.jid]);
    expect(result).toEqual({
      input: cleo.jid,
      ...both(cleo),
      code: 403,
      invite: { code: expect.any(String), expiresAt: expect.any(Number) },
    });
    expect(result?.invite?.expiresAt).toBeGreaterThan(Date.now());
  });

  const changes: GroupSettingChange[] = [
    { setting: 'subject', value: 'Chœur ✨' },
    { setting: 'isAnnounce', value: true },
    { setting: 'isAnnounce', value: false },
    { setting: 'isLocked', value: true },
    { setting: 'isLocked', value: false },
    { setting: 'joinApproval', value: true },
    { setting: 'joinApproval', value: false },
    { setting: 'memberAddMode', value: 'all_member_add' },
    { setting: 'memberAddMode', value: 'admin_add' },
    { setting: 'ephemeralSeconds', value: 604800 },
    { setting: 'ephemeralSeconds', value: 0 },
  ];

  it.each(changes)('changes $setting to $value with one stanza', async (change) => {
    await expect(client.updateSetting(group, change)).resolves.toEqual({});
    expect(asked()).toBe(1);
    expect(await client.fetchGroup(group)).toMatchObject({ [change.setting]: change.value });
  });

  it('sets, replaces and takes away the description; a stale one is 409', async () => {
    const first = await client.updateSetting(group, { setting: 'description', value: 'one' });
    expect(await client.fetchGroup(group)).toMatchObject({ description: 'one', ...first });
    const second = await client.updateSetting(group, { setting: 'description', value: 'two' }, first.descriptionId);
    const stale = client.updateSetting(group, { setting: 'description', value: 'three' }, first.descriptionId);
    await expect(stale).rejects.toMatchObject({ whatsappCode: 409 });
    await client.updateSetting(group, { setting: 'description', value: '' }, second.descriptionId);
    expect(await client.fetchGroup(group)).toMatchObject({ description: '' });
  });

  it('reads and resets the invite, previews it and joins by it', async () => {
    const other = ben.createGroup({ subject: 'Open', participants: [cleo.jid] });
    const code = ben.inviteCode(other);
    const shown = await client.inviteInfo(code);
    expect(shown).toMatchObject({ groupJid: other, subject: 'Open', addressingMode, participantCount: 2 });
    expect(shown).not.toHaveProperty('participants');
    await expect(client.joinGroup(code)).resolves.toEqual({ status: 'joined', groupJid: other });
    await expect(client.joinGroup(code)).rejects.toMatchObject({ whatsappCode: 409 });
    const own = await client.inviteCode(group);
    expect(await client.revokeInvite(group)).not.toBe(own);
    await expect(cleoJoins(own)).rejects.toThrow();
    expect(await client.inviteCode(group)).toBe(ada.inviteCode(group));
  });

  const cleoJoins = (code: string): Promise<unknown> => new Promise((resolve) => resolve(cleo.joinByInvite(code)));

  it('is told to wait where an admin has to approve first', async () => {
    const other = ben.createGroup({ subject: 'Closed', participants: [] });
    ben.changeSetting(other, 'approval', true);
    await expect(client.joinGroup(ben.inviteCode(other))).resolves.toEqual({
      status: 'pending_approval',
      groupJid: other,
    });
  });

  it('leaves a group, once', async () => {
    const other = ben.createGroup({ subject: 'Other', participants: [ada.jid] });
    await expect(client.leaveGroup(other)).resolves.toBeUndefined();
    expect(asked()).toBe(1);
    await expect(client.leaveGroup(other)).rejects.toMatchObject({ whatsappCode: 403 });
    await expect(client.leaveGroup(NO_GROUP)).rejects.toMatchObject({ whatsappCode: 404 });
  });

  it('§9.2: a refusal of the whole query is an error with the code of WhatsApp', async () => {
    await expect(client.fetchGroup(NO_GROUP)).rejects.toMatchObject({ whatsappCode: 404 });
    const foreign = ben.createGroup({ subject: 'Foreign', participants: [] });
    await expect(client.fetchGroup(foreign)).rejects.toMatchObject({ whatsappCode: 403 });
    await expect(client.joinGroup('AAAAAAAAAAAAAAAAAAAAAA')).rejects.toBeInstanceOf(WhatsAppRefusedError);
    bench.simulator.faults.iqError({ xmlns: 'w:g2' }, 429, 'rate-overlimit', { backoff: 90 });
    const limited = client.updateMembers(group, 'add', [cleo.jid]);
    await expect(limited).rejects.toMatchObject({ whatsappCode: 429, text: 'rate-overlimit', backoffSeconds: 90 });
  });
});

const PICTURE = Buffer.from('a picture');

/** Each method that is one stanza, so that none can be forgotten: how it is asked, of which group, and under which name. */
const METHODS: [string, (client: WhatsAppClient, group: string) => Promise<unknown>, xmlns?: string][] = [
  ['fetchGroups', (client) => client.fetchGroups()],
  ['fetchGroup', (client, group) => client.fetchGroup(group)],
  ['createGroup', (client) => client.createGroup('New', [NOBODY])],
  ['updateMembers', (client, group) => client.updateMembers(group, 'add', [NOBODY])],
  ['updateSetting', (client, group) => client.updateSetting(group, { setting: 'isLocked', value: true })],
  ['inviteCode', (client, group) => client.inviteCode(group)],
  ['revokeInvite', (client, group) => client.revokeInvite(group)],
  ['leaveGroup', (client, group) => client.leaveGroup(group)],
  ['joinGroup', (client) => client.joinGroup('AAAAAAAAAAAAAAAAAAAAAA')],
  ['inviteInfo', (client) => client.inviteInfo('AAAAAAAAAAAAAAAAAAAAAA')],
  ['fetchJoinRequests', (client, group) => client.fetchJoinRequests(group)],
  ['answerJoinRequests', (client, group) => client.answerJoinRequests(group, 'approve', [NOBODY])],
  ['resolveUsers', (client) => client.resolveUsers([NOBODY]), 'usync'],
  ['pictureUrl', (client, group) => client.pictureUrl(group), 'w:profile:picture'],
  ['setPicture', (client, group) => client.setPicture(group, PICTURE), 'w:profile:picture'],
  ['removePicture', (client, group) => client.removePicture(group), 'w:profile:picture'],
];

describe('§9.1: no answer is never success', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let linked: Linked;
  let group: string;

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    group = ada.createGroup({ subject: 'Choir', participants: [] });
    linked = await bench.linked(ada, { queryTimeoutMs: 100 });
  });

  afterEach(() => bench.stop());

  it.each(METHODS)('%s: outcome unknown when WhatsApp says nothing', async (_name, ask, xmlns = 'w:g2') => {
    bench.simulator.faults.actThenSilence({ xmlns });
    await expect(ask(linked.connection.client, group)).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(bench.simulator.log.count({ xmlns })).toBe(1);
  });

  it.each(METHODS)('%s: outcome unknown when the connection closes first', async (_name, ask, xmlns = 'w:g2') => {
    bench.simulator.faults.actThenClose({ xmlns });
    await expect(ask(linked.connection.client, group)).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect((await linked.events.next('closed')).reason.kind).toBe('unavailable');
  });

  it('outcome unknown at once, not at the timeout, when WhatsApp ends the stream instead of answering', async () => {
    const { connection } = await slow();
    bench.simulator.faults.silence({ xmlns: 'w:g2' });
    const arrived = bench.simulator.log.next({ xmlns: 'w:g2' });
    const answer = expect(connection.client.inviteCode(group)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await arrived;
    bench.simulator.faults.streamError(ada.number, 'unavailable');
    await answer;
  });

  it('outcome unknown at once when we close while a query is under way', async () => {
    const { connection } = await slow();
    bench.simulator.faults.silence({ xmlns: 'w:g2' });
    const arrived = bench.simulator.log.next({ xmlns: 'w:g2' });
    const answer = expect(connection.client.inviteCode(group)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await arrived;
    await Promise.all([answer, connection.close()]);
  });

  it.each(METHODS)('%s: not connected, and nothing is sent, after the end', async (_name, ask, xmlns = 'w:g2') => {
    await linked.connection.close();
    bench.simulator.log.clear();
    await expect(ask(linked.connection.client, group)).rejects.toBeInstanceOf(SessionNotConnectedError);
    expect(bench.simulator.log.count({ xmlns })).toBe(0);
  });

  it.each(METHODS)('%s: a refusal comes with its code, and how long to wait', async (_name, ask, xmlns = 'w:g2') => {
    bench.simulator.faults.iqError({ xmlns }, 429, 'rate-overlimit', { backoff: 90 });
    const answer = ask(linked.connection.client, group);
    await expect(answer).rejects.toMatchObject({ whatsappCode: 429, text: 'rate-overlimit', backoffSeconds: 90 });
    await expect(answer).rejects.toBeInstanceOf(WhatsAppRefusedError);
  });

  it('not connected before the login is done', async () => {
    const { connection } = bench.connect({}, '01J0000000000000000000000B');
    await expect(connection.client.fetchGroups()).rejects.toBeInstanceOf(SessionNotConnectedError);
  });

  /** Waits a minute for an answer, as in production. */
  const slow = (): Promise<Linked> => bench.linked(ada, { queryTimeoutMs: 60_000 }, '01J0000000000000000000000C');
});

describe('parsing a large answer', () => {
  /** By the clock that the code reads: each look at it takes 4 ms. */
  const MS_A_LOOK = 4;
  const MOST_IN_ONE_GO_MS = 20;

  it('lets others run every few milliseconds', async () => {
    const answer = Array.from({ length: 40 }, (_, index) => ({ tag: 'group', attrs: { id: `${120363e12 + index}` } }));
    const client = new BaileysClient(
      <T>() => Promise.resolve(answer as T),
      () => Promise.resolve(),
    );
    let looks = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => ++looks * MS_A_LOOK);
    const inOneGo: number[] = [];
    const turns = everyTurn(() => inOneGo.push(looks - inOneGo.reduce((sum, one) => sum + one, 0)));
    try {
      expect(await client.fetchGroups()).toHaveLength(40);
    } finally {
      turns.end();
      clock.mockRestore();
    }
    expect(looks).toBeGreaterThan(40);
    expect(Math.max(...inOneGo) * MS_A_LOOK).toBeLessThanOrEqual(MOST_IN_ONE_GO_MS);
  });
});

/** Calls `look` once in every turn of the event loop, and a last time at the end. */
function everyTurn(look: () => void): { end(): void } {
  const turn = (): void => {
    look();
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return {
    end: () => {
      clearImmediate(next);
      look();
    },
  };
}
