import { describe, expect, it } from '@jest/globals';
import { AppError } from '#errors';
import { AccountRestrictedError, WhatsAppRefusedError } from '#whatsapp';
import { groupRefusal } from './refusal.js';

function told(whatsappCode: number, iHaveLeft = false, backoffSeconds?: number): AppError {
  const error = groupRefusal(new WhatsAppRefusedError(whatsappCode, 'text of WhatsApp', backoffSeconds), iHaveLeft);
  if (!(error instanceof AppError)) throw new Error('expected an AppError');
  return error;
}

describe('what a client is told when WhatsApp refuses a query about a group', () => {
  it.each<[number, string, string | undefined]>([
    [401, 'forbidden', 'not_group_admin'],
    [403, 'forbidden', 'not_group_admin'],
    [404, 'not_found', undefined],
    [410, 'not_found', undefined],
    [400, 'conflict', 'refused_by_whatsapp'],
    [406, 'conflict', 'refused_by_whatsapp'],
    [409, 'conflict', 'refused_by_whatsapp'],
    [429, 'rate_limited', 'whatsapp_rate_limited'],
    [463, 'forbidden', 'account_restricted'],
    [500, 'gateway_unavailable', undefined],
    [503, 'gateway_unavailable', undefined],
  ])('%i: %s', (code, expected, reason) => {
    const error = told(code);
    expect(error.code).toBe(expected);
    expect(error.details.reason).toBe(reason);
  });

  it.each([401, 403])('%i in a group that the account has left: not_found', (code) => {
    expect(told(code, true).code).toBe('not_found');
  });

  it('passes on how long WhatsApp asks to wait', () => {
    expect(told(429, false, 17)).toMatchObject({ retryAfterSeconds: 17 });
    expect(told(429)).toMatchObject({ retryAfterSeconds: 60 });
  });

  it('passes on when a restriction of the account ends, where WhatsApp says it', () => {
    const refused = new WhatsAppRefusedError(463, '', undefined, { restrictedUntil: 1_719_400_000_000 });
    expect(groupRefusal(refused, false)).toBeInstanceOf(AccountRestrictedError);
    expect(groupRefusal(refused, false)).toMatchObject({ details: { until: 1_719_400_000_000 }, cause: refused });
    expect(told(463).details).not.toHaveProperty('until');
  });

  it('shows nothing of the text of WhatsApp, and keeps it as the cause', () => {
    const error = told(500);
    expect(JSON.stringify([error.message, error.details])).not.toContain('text of WhatsApp');
    expect(error.cause).toBeInstanceOf(WhatsAppRefusedError);
  });

  it('leaves every other error alone', () => {
    const error = new Error('something else');
    expect(groupRefusal(error, false)).toBe(error);
  });
});
