import { describe, expect, it } from '@jest/globals';
import { INITIAL_PREKEY_COUNT, MIN_PREKEY_COUNT } from '@whiskeysockets/baileys';
import type { StoredCredential, UserRef } from '#whatsapp';
import { BaileysRetention, PRE_KEYS_KEPT, UNTOUCHED_DAYS } from './baileys-retention.js';

const DAY_MS = 86_400_000;
const ACCOUNT = { phoneJid: '4915100000001@s.whatsapp.net', lid: '900000000001@lid' };
const GROUP = '120363000000000001@g.us';

const stored = (kind: string, id: string, days: number = UNTOUCHED_DAYS + 1): StoredCredential => {
  return { kind, id, bytes: 100, ageMs: days * DAY_MS };
};
const prunable = (items: readonly StoredCredential[], account: UserRef = ACCOUNT): string[] =>
  new BaileysRetention().prunable(items, account).map(({ kind, id }) => `${kind} ${id}`);

describe('of what nobody touched for ninety days', () => {
  it.each([
    ['session', '4915100000002.0'],
    ['session', '900000000002_1.17'],
    ['identity-key', '900000000002_1.0'],
    ['sender-key', `${GROUP}::900000000002_1::0`],
    ['sender-key-memory', GROUP],
    ['device-list', '4915100000002'],
    ['lid-mapping', '4915100000002'],
    ['lid-mapping', '900000000002_reverse'],
    ['tctoken', '900000000002@lid'],
  ])('%s %s goes: it is made anew when it is wanted', (kind, id) => {
    expect(prunable([stored(kind, id)])).toEqual([`${kind} ${id}`]);
    expect(prunable([stored(kind, id, UNTOUCHED_DAYS)])).toEqual([]);
  });

  it.each([
    ['creds', ''],
    ['app-state-sync-key', 'AAAAAA=='],
    ['app-state-sync-version', 'regular_low'],
    ['tctoken', '__index'],
    ['session', '4915100000001.0'],
    ['session', '900000000001_1.0'],
    ['session', '900000000001_1.3'],
    ['identity-key', '900000000001_1.0'],
    ['sender-key', `${GROUP}::4915100000001::2`],
    ['sender-key', `${GROUP}::900000000001_1::2`],
    ['device-list', '4915100000001'],
    ['lid-mapping', '4915100000001'],
    ['lid-mapping', '900000000001_reverse'],
    ['a-kind-of-tomorrow', '4915100000002'],
    ['toString', '1'],
  ])('%s %s stays', (kind, id) => {
    expect(prunable([stored(kind, id, 10_000)])).toEqual([]);
  });

  it('an identity stays as long as the Signal session with it', () => {
    const identity = stored('identity-key', '900000000002_1.0');
    expect(prunable([identity, stored('session', '900000000002_1.0', 1)])).toEqual([]);
    expect(prunable([identity, stored('session', '900000000002_1.1', 1)])).toEqual(['identity-key 900000000002_1.0']);
  });

  it('nothing about people goes while it is not known which of them is the account', () => {
    const items = ['session', 'identity-key', 'device-list', 'lid-mapping'].map((kind) =>
      stored(kind, '900000000001.0'),
    );
    expect(prunable(items, { phoneJid: ACCOUNT.phoneJid })).toEqual([]);
    expect(prunable([stored('sender-key', `${GROUP}::900000000001_1::2`)], { lid: ACCOUNT.lid })).toEqual([]);
  });
});

describe('pre-keys', () => {
  const keys = (from: number, to: number, days?: number): StoredCredential[] =>
    Array.from({ length: to - from + 1 }, (_, index) => stored('pre-key', String(from + index), days));

  it('stay however old, as many as WhatsApp may still hand out and as were never uploaded', () => {
    expect(PRE_KEYS_KEPT).toBeGreaterThanOrEqual(2 * INITIAL_PREKEY_COUNT);
    expect(PRE_KEYS_KEPT).toBeGreaterThan(INITIAL_PREKEY_COUNT + 10 * MIN_PREKEY_COUNT);
    expect(prunable(keys(1, PRE_KEYS_KEPT))).toEqual([]);
  });

  it('below those go by their numbers, not by how they are spelled', () => {
    expect(prunable(keys(1, PRE_KEYS_KEPT + 3))).toEqual(['pre-key 1', 'pre-key 2', 'pre-key 3']);
    expect(prunable([...keys(9, 9), ...keys(PRE_KEYS_KEPT + 8, PRE_KEYS_KEPT + 8)])).toEqual([]);
    expect(prunable([...keys(9, 9), ...keys(PRE_KEYS_KEPT + 9, PRE_KEYS_KEPT + 9)])).toEqual(['pre-key 9']);
  });

  it('below those stay until they are old', () => {
    expect(prunable([...keys(1, 100, UNTOUCHED_DAYS), ...keys(5_000, 5_000)])).toEqual([]);
  });

  it('whose number means nothing stay', () => {
    expect(prunable([stored('pre-key', 'x'), ...keys(5_000, 5_000)])).toEqual([]);
  });
});
