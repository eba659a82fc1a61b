import { describe, expect, it } from '@jest/globals';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { ERROR_CODES, GatewayUnavailableError, RateLimitedError, UpstreamTimeoutError } from '#errors';
import { WhatsAppRefusedError } from '#whatsapp';
import { STATUS_OF } from './status.js';
import { translateError } from './translate-error.js';

describe('STATUS_OF', () => {
  it('has one status for each code', () => {
    expect(Object.keys(STATUS_OF).sort()).toEqual([...ERROR_CODES].sort());
    expect(new Set(Object.values(STATUS_OF)).size).toBe(ERROR_CODES.length);
  });
});

describe('translateError', () => {
  it('leaves our own errors as they are', () => {
    const error = new UpstreamTimeoutError('no answer');
    expect(translateError(error)).toBe(error);
  });

  it('calls an unknown route and a method that a route does not have the same', () => {
    for (const status of [403, 404, 405]) {
      expect(translateError(new HttpException('x', status))).toMatchObject({
        code: 'not_found',
        message: 'route not found',
      });
    }
    expect(translateError(new NotFoundException('Cannot GET /x'))).toMatchObject({ message: 'route not found' });
  });

  it('never repeats the text of a library', () => {
    expect(translateError(new BadRequestException('secret'))).toMatchObject({ message: 'request: is malformed' });
  });

  it('blames the path for the URIError of Express, and us for any other', () => {
    expect(translateError(new BadRequestException('x', { cause: new URIError('x') }))).toMatchObject({
      code: 'validation_error',
      details: { fields: [{ path: 'path', message: 'holds a malformed percent-encoding' }] },
    });
    expect(translateError(new URIError('x'))).toBeUndefined();
  });

  it.each([[new Error('x')], [new TypeError('x')], ['text'], [undefined], [new HttpException('x', 418)]])(
    'tells nothing of %p',
    (thrown) => {
      expect(translateError(thrown)).toBeUndefined();
    },
  );

  it('tells of a 429 of WhatsApp as a rate limit, with its own delay', () => {
    const error = translateError(new WhatsAppRefusedError(429, 'rate-overlimit', 2.2));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterSeconds: 3, details: { reason: 'whatsapp_rate_limited' } });
    expect(translateError(new WhatsAppRefusedError(429, 'rate-overlimit'))).toMatchObject({ retryAfterSeconds: 60 });
  });

  it('tells of a restriction of the account, and when it ends', () => {
    const cause = new WhatsAppRefusedError(463, 'restricted', undefined, { restrictedUntil: 1_719_400_000_000 });
    expect(translateError(cause)).toMatchObject({
      code: 'forbidden',
      details: { reason: 'account_restricted', until: 1_719_400_000_000, whatsappCode: 463 },
      cause,
    });
  });

  it('tells of a 5xx of WhatsApp as something to try again', () => {
    const error = translateError(new WhatsAppRefusedError(503, 'service-unavailable'));
    expect(error).toBeInstanceOf(GatewayUnavailableError);
    expect(error).toMatchObject({ details: { reason: 'refused_by_whatsapp', whatsappCode: 503 } });
  });

  it('tells of any other refusal that no feature expected with its code', () => {
    const cause = new WhatsAppRefusedError(406, 'not-acceptable');
    expect(translateError(cause)).toMatchObject({
      code: 'forbidden',
      message: 'WhatsApp refused it',
      details: { reason: 'refused_by_whatsapp', whatsappCode: 406 },
      cause,
    });
  });
});
