import { describe, expect, it } from '@jest/globals';
import { distinctPeople, jidsOf, united } from './people.js';

describe('who is named', () => {
  it('counts once, as they were first written', () => {
    const people = distinctPeople(['6281234567890', '6281234567890:3@s.whatsapp.net', '199789077627112@lid']);
    expect(people).toEqual([
      {
        input: '6281234567890',
        jid: '6281234567890@s.whatsapp.net',
        user: { phoneJid: '6281234567890@s.whatsapp.net' },
      },
      { input: '199789077627112@lid', jid: '199789077627112@lid', user: { lid: '199789077627112@lid' } },
    ]);
  });

  it('goes by the first of two addresses that are known to be theirs, and keeps both ways of writing', () => {
    const both = { phoneJid: '6281234567890@s.whatsapp.net', lid: '199789077627112@lid' };
    const other = { lid: '199789077627113@lid' };
    const people = distinctPeople([other.lid, both.lid, '6281234567890']);
    expect(united(people, [other, both, both])).toEqual([
      { input: other.lid, jid: other.lid, user: other },
      { input: both.lid, jid: both.lid, user: both },
      { input: '6281234567890', jid: both.lid, user: both },
    ]);
  });

  it('is sent once, and not at all without an address', () => {
    const user = { lid: '5@lid' };
    const named = [
      { input: 'a', user, jid: '5@lid' },
      { input: 'b', user, jid: '5@lid' },
      { input: 'c', user, jid: undefined },
    ];
    expect(jidsOf(named)).toEqual(['5@lid']);
  });
});
