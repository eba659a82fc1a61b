import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { OutcomeUnknownError, SessionNotConnectedError, type PersonalInvite, type WhatsAppClient } from '#whatsapp';
import type { BaileysOptions } from './baileys-options.js';
import { Bench, type Linked } from './spec-support/linked.js';

const NOBODY = '4915100009999@s.whatsapp.net';
const CODE = 'AbCdEfGhIjKlMnOp';

describe('a personal invite, sent as a message', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let linked: Linked;
  let client: WhatsAppClient;
  let invite: PersonalInvite;

  const link = async (options: Partial<BaileysOptions> = {}): Promise<void> => {
    linked = await bench.linked(ada, options);
    client = linked.connection.client;
    bench.simulator.log.clear();
  };

  beforeEach(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
    const groupJid = ada.createGroup({ subject: 'Choir', participants: [] });
    invite = { groupJid, subject: 'Choir', code: CODE, expiresAt: 1_893_456_000_000 };
  });

  afterEach(() => bench.stop());

  const messages = (): number => bench.simulator.log.count({ tag: 'message' });
  const received = (): unknown => ({
    groupJid: invite.groupJid,
    subject: 'Choir',
    code: CODE,
    expiresAt: 1_893_456_000,
    from: ada.number,
  });

  it.each(['jid', 'lid'] as const)('reaches the phone, which is sent to by its %s', async (address) => {
    await link();
    await expect(client.sendInvite(ben[address], invite)).resolves.toBeUndefined();
    await expect(ben.nextInvite()).resolves.toEqual(received());
    expect(messages()).toBe(1);
  });

  it('lets in whom privacy keeps from being added', async () => {
    await link();
    bench.simulator.faults.participantError(ben.number, 403);
    const [refused] = await client.updateMembers(invite.groupJid, 'add', [ben.jid]);
    const { code = '', expiresAt = 0 } = refused?.invite ?? {};
    await client.sendInvite(refused?.lid ?? '', { ...invite, code, expiresAt });
    expect(ben.acceptPersonalInvite((await ben.nextInvite()).code)).toBe('joined');
    expect((await client.fetchGroup(invite.groupJid)).participants).toMatchObject([{ lid: ada.lid }, { lid: ben.lid }]);
  });

  it('can be sent to several at once, and again', async () => {
    const cleo = bench.simulator.createAccount({ phone: '4915100000003', name: 'Cleo' });
    await link();
    await Promise.all([ben, cleo].map(({ jid }) => client.sendInvite(jid, invite)));
    await client.sendInvite(ben.lid, invite);
    await Promise.all([ben, cleo, ben].map((phone) => phone.nextInvite()));
    expect(messages()).toBe(3);
  });

  it('is not sent to who is not on WhatsApp, which is a refusal with 404', async () => {
    await link();
    await expect(client.sendInvite(NOBODY, invite)).rejects.toMatchObject({ whatsappCode: 404 });
    expect(messages()).toBe(0);
  });

  it('is a refusal with the code with which WhatsApp turns the message down', async () => {
    await link();
    bench.simulator.faults.nack(479);
    await expect(client.sendInvite(ben.jid, invite)).rejects.toMatchObject({ whatsappCode: 479 });
    bench.simulator.faults.nack(463);
    await expect(client.sendInvite(ben.jid, invite)).rejects.toMatchObject({ whatsappCode: 463 });
    expect(ben.invitesReceived).toEqual([]);
  });

  it.each(['usync', 'encrypt'])(
    'is a refusal, and not sent, where WhatsApp refuses what comes before (%s)',
    async (xmlns) => {
      await link();
      bench.simulator.faults.iqError({ xmlns }, 429, 'rate-overlimit', { times: Infinity });
      await expect(client.sendInvite(ben.jid, invite)).rejects.toMatchObject({ whatsappCode: 429 });
      expect(messages()).toBe(0);
    },
  );

  it('has an unknown outcome when WhatsApp does not acknowledge it', async () => {
    await link({ queryTimeoutMs: 500 });
    bench.simulator.faults.actThenSilence({ tag: 'message' });
    const arrived = bench.simulator.log.next({ tag: 'message' });
    await expect(client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await arrived;
    expect(messages()).toBe(1);
  });

  it.each(['usync', 'encrypt'])(
    'has an unknown outcome, and is not sent, when WhatsApp says nothing before (%s)',
    async (xmlns) => {
      await link({ queryTimeoutMs: 300 });
      bench.simulator.faults.silence({ xmlns }, { times: Infinity });
      await expect(client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(OutcomeUnknownError);
      expect(messages()).toBe(0);
    },
  );

  it('has an unknown outcome when the connection closes instead of an acknowledgement', async () => {
    await link();
    bench.simulator.faults.actThenClose({ tag: 'message' });
    await expect(client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(OutcomeUnknownError);
  });

  it('is known not to have been sent when the connection closes while its devices are asked for', async () => {
    await link();
    bench.simulator.faults.closeOn({ xmlns: 'usync' });
    await expect(client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(SessionNotConnectedError);
    expect(messages()).toBe(0);
  });

  it('is not sent before the login nor after the end', async () => {
    const { connection } = bench.connect({}, '01J0000000000000000000000B');
    await expect(connection.client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(SessionNotConnectedError);
    await link();
    await linked.connection.close();
    bench.simulator.log.clear();
    await expect(client.sendInvite(ben.jid, invite)).rejects.toBeInstanceOf(SessionNotConnectedError);
    expect(bench.simulator.log.count({})).toBe(0);
  });

  it('is sent again to a phone that could not decrypt it, and to nobody else', async () => {
    await link();
    const first = bench.simulator.log.next({ tag: 'message' });
    await client.sendInvite(ben.jid, invite);
    await ben.nextInvite();
    const { id = '' } = (await first).node.attrs;
    const askAgain = (messageId: string): void => {
      const retry = { tag: 'retry', attrs: { count: '1', id: messageId, t: '1700000000', v: '1' } };
      const receipt = { tag: 'receipt', attrs: { from: ben.jid, id: messageId, type: 'retry' }, content: [retry] };
      for (const { connected } of ada.devices()) connected?.send(receipt);
    };
    askAgain('3EB0000000000000000000');
    askAgain(id);
    await expect(ben.nextInvite()).resolves.toEqual(received());
    expect(messages()).toBe(2);
  });

  it('leaves nothing of it in the log', async () => {
    await link();
    bench.simulator.faults.nack(479);
    await expect(client.sendInvite(ben.jid, invite)).rejects.toMatchObject({ whatsappCode: 479 });
    await client.sendInvite(ben.lid, invite);
    expect(bench.log.lines).not.toEqual([]);
    expect(JSON.stringify(bench.log.lines)).not.toContain(CODE);
  });
});
