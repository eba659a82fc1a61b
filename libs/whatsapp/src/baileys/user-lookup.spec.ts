import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import type { WhatsAppClient } from '#whatsapp';
import { childOf, childrenOf, type BinaryNode } from './node.js';
import { Bench } from './spec-support/linked.js';
import { userLookup } from './usync-query.js';

const NOBODY = '4915100009999@s.whatsapp.net';

describe('the LIDs of phone numbers', () => {
  let bench: Bench;
  let ada: SimulatedPhone;
  let ben: SimulatedPhone;
  let cleo: SimulatedPhone;
  let client: WhatsAppClient;

  beforeAll(async () => {
    bench = await Bench.start();
    ada = bench.simulator.createAccount({ phone: '4915100000001', name: 'Ada' });
    ben = bench.simulator.createAccount({ phone: '4915100000002', name: 'Ben' });
    cleo = bench.simulator.createAccount({ phone: '4915100000003', name: 'Cleo' });
    ({ client } = (await bench.linked(ada)).connection);
  });

  afterEach(() => bench.simulator.faults.clear());
  afterAll(() => bench.stop());

  it('are told for those who are on WhatsApp, with one stanza', async () => {
    bench.simulator.log.clear();
    await expect(client.resolveUsers([ben.jid, NOBODY, cleo.jid])).resolves.toEqual([
      { phoneJid: ben.jid, lid: ben.lid },
      { phoneJid: cleo.jid, lid: cleo.lid },
    ]);
    expect(bench.simulator.log.count({ xmlns: 'usync' })).toBe(1);
  });

  it('are asked once for a number that is named twice, and never for what is a LID already', async () => {
    const asked = bench.simulator.log.next({ xmlns: 'usync' });
    await client.resolveUsers([ben.jid, ben.jid, cleo.lid]);
    const [usync] = childrenOf((await asked).node);
    expect(childrenOf(childOf(usync, 'list'), 'user')).toHaveLength(1);
  });

  it('are a refusal with its code where WhatsApp refuses the query', async () => {
    bench.simulator.faults.iqError({ xmlns: 'usync' }, 463, 'restricted');
    await expect(client.resolveUsers([ben.jid])).rejects.toMatchObject({ whatsappCode: 463 });
  });
});

describe('what an answer about users says', () => {
  const PHONE = '5511999999999@s.whatsapp.net';
  const LID = '11111111111@lid';

  const node = (tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode => ({
    tag,
    attrs,
    content,
  });
  const contact = (type: string, echo?: string): BinaryNode => node('contact', { type }, echo && Buffer.from(echo));
  const answer = (users: BinaryNode[], result: BinaryNode[] = []): BinaryNode =>
    node('usync', {}, [node('result', {}, result), node('list', {}, users)]);

  it('is told of the number that was asked for, where WhatsApp writes it differently', () => {
    const user = node('user', { jid: '551199999999@s.whatsapp.net' }, [
      contact('in', '+5511999999999'),
      node('lid', { val: LID }),
    ]);
    expect(userLookup([PHONE]).read(answer([user]))).toEqual([{ phoneJid: PHONE, lid: LID }]);
  });

  it('leaves out who is not on WhatsApp, and whose LID is not known', () => {
    const users = [
      node('user', { jid: PHONE }, [contact('out'), node('lid', { val: LID })]),
      node('user', { jid: PHONE }, [contact('in'), node('lid')]),
      node('user', { jid: PHONE }, [contact('in')]),
    ];
    expect(userLookup([PHONE]).read(answer(users))).toEqual([]);
  });

  it('is a refusal, and not that nobody was found, where WhatsApp would not look', () => {
    const refused = node('contact', {}, [node('error', { code: '429', text: 'rate-overlimit', backoff: '60' })]);
    expect(() => userLookup([PHONE]).read(answer([], [refused]))).toThrow(
      expect.objectContaining({ whatsappCode: 429, backoffSeconds: 60 }),
    );
  });

  it('is unknown where there is no list of users', () => {
    expect(() => userLookup([PHONE]).read(node('usync'))).toThrow('a form that the gateway does not know');
  });
});
