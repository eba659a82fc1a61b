import { describe, expect, it } from '@jest/globals';
import type { ParticipantAction } from '#whatsapp';
import { failureFor, isSuccess, refusalOf } from './participant-reasons.js';

describe('why something was not done for one participant', () => {
  it.each<[ParticipantAction, number, string]>([
    ['add', 401, 'blocked'],
    ['add', 403, 'privacy_blocked'],
    ['add', 404, 'not_on_whatsapp'],
    ['add', 408, 'recently_left'],
    ['add', 409, 'already_member'],
    ['add', 419, 'group_full'],
    ['add', 429, 'not_attempted'],
    ['add', 463, 'not_attempted'],
    ['add', 500, 'unknown'],
    ['remove', 404, 'not_a_member'],
    ['remove', 403, 'unknown'],
    ['promote', 404, 'not_a_member'],
    ['demote', 404, 'not_a_member'],
    ['approve', 404, 'no_pending_request'],
    ['approve', 409, 'already_member'],
    ['reject', 404, 'no_pending_request'],
    ['reject', 401, 'unknown'],
  ])('%s: %i is %s, with the code as it came', (action, code, reason) => {
    expect(isSuccess(action, code)).toBe(false);
    expect(refusalOf(action, { input: 'x@lid', code })).toEqual({
      reason,
      message: expect.not.stringMatching(/^no answer/),
      whatsappCode: code,
    });
  });

  it('holds the invite that WhatsApp hands back', () => {
    const invite = { code: 'abc', expiresAt: 5 };
    expect(refusalOf('add', { input: 'x@lid', code: 403, invite })).toMatchObject({
      inviteCode: 'abc',
      inviteExpiresAt: 5,
    });
    expect(refusalOf('add', { input: 'x@lid', code: 403, invite: { code: 'abc' } })).not.toHaveProperty(
      'inviteExpiresAt',
    );
  });

  it('tells a refusal without a reason from no answer', () => {
    expect(failureFor('unknown').message).not.toBe(failureFor('unknown', 500).message);
    expect(failureFor('unknown')).not.toHaveProperty('whatsappCode');
  });

  it.each<[ParticipantAction, number]>([
    ['add', 200],
    ['promote', 409],
    ['demote', 409],
    ['reject', 200],
  ])('%s: %i is done', (action, code) => {
    expect(isSuccess(action, code)).toBe(true);
  });
});
