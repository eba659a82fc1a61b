import { describe, expect, it } from '@jest/globals';
import { IdentityDraft } from './identity-draft.js';

const lid = (n: number): string => `9000000${n}@lid`;
const phoneJid = (n: number): string => `1555000000${n}@s.whatsapp.net`;
const both = (n: number, other = n) => ({ lid: lid(n), phoneJid: phoneJid(other) });

describe('IdentityDraft', () => {
  it('completes who is known, and leaves others as they are', () => {
    const draft = new IdentityDraft([both(1), { lid: lid(3) }]);
    const users = [{ lid: lid(1) }, { phoneJid: phoneJid(1), role: 'admin' }, { lid: lid(2) }, { lid: lid(3) }, {}];
    expect(users.map((user) => draft.see(user))).toEqual([both(1), { ...both(1), role: 'admin' }, ...users.slice(2)]);
    expect(draft.changes()).toEqual({ removed: [], added: [] });
  });

  it('learns who comes by both addresses, once', () => {
    const draft = new IdentityDraft([both(1)]);
    for (const user of [both(1), both(2), both(2)]) draft.see(user);
    expect(draft.see({ phoneJid: phoneJid(2) })).toEqual(both(2));
    expect(draft.changes()).toEqual({ removed: [], added: [both(2)] });
  });

  it('takes a number from the one who had it', () => {
    const draft = new IdentityDraft([both(1), both(2)]);
    draft.see(both(2, 1));
    expect([draft.see({ lid: lid(1) }), draft.see({ phoneJid: phoneJid(1) })]).toEqual([{ lid: lid(1) }, both(2, 1)]);
    expect(draft.see({ phoneJid: phoneJid(2) })).toEqual({ phoneJid: phoneJid(2) });
    expect(draft.changes()).toEqual({ removed: [lid(1), lid(2)], added: [both(2, 1)] });
  });

  it('lets two exchange their numbers', () => {
    const draft = new IdentityDraft([both(1), both(2)]);
    for (const user of [both(1, 2), both(2, 1)]) draft.see(user);
    expect(draft.changes()).toEqual({ removed: [lid(1), lid(2)], added: [both(1, 2), both(2, 1)] });
  });

  it('has nothing to write of what was taken back', () => {
    const draft = new IdentityDraft([both(1)]);
    for (const user of [both(1, 2), both(1)]) draft.see(user);
    expect(draft.changes()).toEqual({ removed: [], added: [] });
  });

  it('counts the later one of two that disagree', () => {
    const draft = new IdentityDraft([both(1)], [both(1, 2)]);
    expect(draft.see({ lid: lid(1) })).toEqual(both(1, 2));
    draft.see(both(3));
    draft.see(both(4, 3));
    expect(draft.changes()).toEqual({ removed: [], added: [both(4, 3)] });
  });
});
