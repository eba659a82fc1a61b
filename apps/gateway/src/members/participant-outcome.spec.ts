import { describe, expect, it } from '@jest/globals';
import { UNANSWERED } from '#whatsapp';
import { outcomeOf } from './participant-outcome.js';

const PHONE = '5511900000001@s.whatsapp.net';
const LID = '11111111111@lid';
const PERSON = { input: '5511900000001', jid: PHONE, user: { phoneJid: PHONE } };

describe('the outcome for a participant', () => {
  it('names them as the client did, and by all addresses that WhatsApp told', () => {
    expect(outcomeOf('add', PERSON, { input: PHONE, phoneJid: PHONE, lid: LID, code: 200 })).toEqual({
      input: '5511900000001',
      jid: PHONE,
      lid: LID,
      success: true,
    });
  });

  it.each([
    ['whom an answer does not mention', { input: PHONE, phoneJid: PHONE, code: UNANSWERED }],
    ['for whom none came', { input: PHONE, missing: 'unknown' as const }],
  ])('%s is unknown, without a code that WhatsApp never sent', (_who, attempt) => {
    const { success, error } = outcomeOf('add', PERSON, attempt);
    expect(success).toBe(false);
    expect(error).toEqual({ reason: 'unknown', message: expect.any(String) });
  });
});
