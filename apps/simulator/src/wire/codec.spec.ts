import { describe, expect, it } from '@jest/globals';
import { decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { decodePlaintext, encodePlaintext } from './codec.js';
import { node, text, type StanzaNode } from './node.js';

const NEVER = Infinity;

const word = fc.oneof(
  fc.constantFrom(
    'iq',
    'participant',
    'w:g2',
    'membership_approval_mode',
    '0123456789',
    '12-34.5',
    'ABCDEF01',
    '',
    'ü€😀',
  ),
  fc.constantFrom(
    '4915112345678@s.whatsapp.net',
    '123456789@lid',
    '12036@g.us',
    '@g.us',
    '49151:12@s.whatsapp.net',
    '77:3@lid',
  ),
  fc.constantFrom('someone@example.org', 'a:b@c', '1'.repeat(127), '2'.repeat(128), 'x'.repeat(300)),
  fc.string({ maxLength: 20 }),
);
const tag = fc.constantFrom('iq', 'participant', 'group', 'never-seen-tag', '123');
const attributes = fc.dictionary(fc.constantFrom('jid', 'type', 'phone_number', 'odd key'), word, { maxKeys: 4 });
const { stanza } = fc.letrec<{ stanza: StanzaNode }>((tie) => ({
  stanza: fc.record(
    {
      tag,
      attrs: attributes,
      content: fc.oneof(
        { depthSize: 'small' },
        fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
        fc.array(tie('stanza'), { minLength: 1, maxLength: 4 }),
      ),
    },
    { requiredKeys: ['tag', 'attrs'] },
  ),
}));

/** Decoders answer `content: undefined` where there is none. */
function withoutAbsent(value: StanzaNode): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('the binary form of stanzas', () => {
  it('is read by Baileys as it was meant', async () => {
    await fc.assert(
      fc.asyncProperty(stanza, async (value) => {
        const read = await decodeBinaryNode(encodePlaintext(value, NEVER));
        expect(withoutAbsent(read)).toEqual(withoutAbsent(value));
      }),
      { numRuns: 300 },
    );
  });

  it('is read back from what Baileys writes', () => {
    const value = node('iq', { to: '@g.us', id: '1.2-3', type: 'get' }, [
      node('participating', {}, [node('participants')]),
    ]);
    expect(withoutAbsent(decodePlaintext(encodeBinaryNode(value)))).toEqual(withoutAbsent(value));
  });

  it('is compressed above the limit, and only there', async () => {
    const value = node('message', {}, text('x'.repeat(3_000)));
    const [compressed, raw] = [encodePlaintext(value, 2_048), encodePlaintext(value, NEVER)];
    expect([compressed[0], raw[0]]).toEqual([2, 0]);
    expect(compressed.length).toBeLessThan(100);
    expect(await decodeBinaryNode(compressed)).toEqual(await decodeBinaryNode(raw));
    expect(decodePlaintext(compressed)).toEqual(decodePlaintext(raw));
  });

  it('carries contents of every length', async () => {
    for (const length of [1, 255, 256, 65_536, (1 << 20) - 1, 1 << 20]) {
      const read = await decodeBinaryNode(encodePlaintext(node('enc', {}, Buffer.alloc(length, 7)), NEVER));
      expect((read.content as Buffer).length).toBe(length);
    }
  });

  it('lists up to 65,535 children', () => {
    const children = Array.from({ length: 65_535 }, () => node('participant'));
    expect(decodePlaintext(encodePlaintext(node('group', {}, children), NEVER)).content).toHaveLength(65_535);
    expect(() => encodePlaintext(node('group', {}, [...children, node('participant')]), NEVER)).toThrow(RangeError);
  });
});
