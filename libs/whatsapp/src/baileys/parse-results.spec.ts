import { describe, expect, it } from '@jest/globals';
import { UNANSWERED } from '#whatsapp';
import type { BinaryNode } from './node.js';
import { parseResults } from './parse-results.js';

const [ANA, BEA, CAIO] = ['5511900000001', '5511900000002', '5511900000003'].map(
  (user) => `${user}@s.whatsapp.net`,
) as [string, string, string];
const [ANA_LID, BEA_LID, CAIO_LID] = ['11111111111@lid', '22222222222@lid', '33333333333@lid'];

function answer(...participants: Record<string, string>[]): BinaryNode {
  return { tag: 'add', attrs: {}, content: participants.map((attrs) => ({ tag: 'participant', attrs })) };
}

describe('§9.6: results carry LIDs where a phone JID was sent', () => {
  it('matches them through phone_number and keeps the order in which they were sent', () => {
    const node = answer(
      { jid: CAIO_LID, phone_number: CAIO, error: '404' },
      { jid: ANA_LID, phone_number: ANA },
      { jid: BEA_LID, phone_number: BEA, error: '409' },
    );
    expect(parseResults(node, [ANA, BEA, CAIO])).toEqual([
      { input: ANA, phoneJid: ANA, lid: ANA_LID, code: 200 },
      { input: BEA, phoneJid: BEA, lid: BEA_LID, code: 409 },
      { input: CAIO, phoneJid: CAIO, lid: CAIO_LID, code: 404 },
    ]);
  });

  it('matches a LID that was sent, in a group of phone numbers', () => {
    const node = answer({ jid: ANA, lid: ANA_LID, error: '403' });
    expect(parseResults(node, [ANA_LID])).toEqual([{ input: ANA_LID, phoneJid: ANA, lid: ANA_LID, code: 403 }]);
  });

  it('keeps the input as it was sent while matching without its device suffix', () => {
    const input = '5511900000001:12@s.whatsapp.net';
    expect(parseResults(answer({ jid: ANA_LID, phone_number: ANA }), [input])).toMatchObject([{ input, code: 200 }]);
  });

  it('matches what is left over by its place where WhatsApp names no other address', () => {
    const node = answer({ jid: ANA_LID, error: '403' }, { jid: BEA });
    expect(parseResults(node, [ANA, BEA])).toEqual([
      { input: ANA, phoneJid: ANA, lid: ANA_LID, code: 403 },
      { input: BEA, phoneJid: BEA, code: 200 },
    ]);
  });

  it('tells no addresses of those who are matched by their place, when there are several', () => {
    const node = answer({ jid: ANA_LID, error: '403' }, { jid: BEA_LID });
    expect(parseResults(node, [ANA, BEA])).toEqual([
      { input: ANA, phoneJid: ANA, code: 403 },
      { input: BEA, phoneJid: BEA, code: 200 },
    ]);
  });

  it('has no code for somebody whom the answer leaves out, and guesses nothing', () => {
    const node = answer({ jid: BEA_LID, phone_number: BEA }, { jid: ANA_LID });
    expect(parseResults(node, [ANA, BEA, CAIO])).toEqual([
      { input: ANA, phoneJid: ANA, code: UNANSWERED },
      { input: BEA, phoneJid: BEA, lid: BEA_LID, code: 200 },
      { input: CAIO, phoneJid: CAIO, code: UNANSWERED },
    ]);
  });

  it('hands out the invite that WhatsApp gives with a refusal for privacy', () => {
    const node = answer({ jid: ANA, error: '403' });
    const participants = node.content as BinaryNode[];
    participants.forEach((participant) => {
      participant.content = [{ tag: 'add_request', attrs: { code: 'AbCd', expiration: '1719400000' } }];
    });
    expect(parseResults(node, [ANA])).toEqual([
      { input: ANA, phoneJid: ANA, code: 403, invite: { code: 'AbCd', expiresAt: 1719400000000 } },
    ]);
  });
});
