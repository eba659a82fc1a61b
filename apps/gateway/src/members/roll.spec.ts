import { describe, expect, it } from '@jest/globals';
import type { UserRef } from '#whatsapp';
import { Roll } from './roll.js';

const phoneJid = '5511@s.whatsapp.net';
const lid = '11@lid';
const stranger = { phoneJid: '5599@s.whatsapp.net', lid: '99@lid' };

describe('a roll of people', () => {
  it.each<UserRef>([{ phoneJid }, { lid }, { phoneJid, lid }])('finds whoever is on it: %j', (user) => {
    const roll = new Roll([{ phoneJid, lid }, stranger], ['admin', 'member']);
    expect(roll.find(user)).toBe('admin');
    expect(roll.lacks(user)).toBe(false);
  });

  it.each<[boolean, UserRef, UserRef]>([
    [true, { lid }, stranger],
    [true, { phoneJid }, stranger],
    [true, { lid }, { lid: stranger.lid }],
    [true, { phoneJid, lid }, { lid: stranger.lid }],
    [true, { phoneJid, lid }, { phoneJid: stranger.phoneJid }],
    // They may be one and the same.
    [false, { phoneJid }, { lid: stranger.lid }],
    [false, { lid }, { phoneJid: stranger.phoneJid }],
  ])('says of nobody that they are not on it who may be under their other address: %j, %j, %j', (isSo, user, other) => {
    expect(new Roll([other], ['member']).lacks(user)).toBe(isSo);
  });
});
