import { describe, expect, it } from '@jest/globals';
import {
  AppError,
  ConflictError,
  ForbiddenError,
  GatewayUnavailableError,
  NotFoundError,
  RateLimitedError,
  UpstreamTimeoutError,
  ValidationError,
} from '#errors';
import { AccountRestrictedError, OutcomeUnknownError, SessionNotConnectedError, WhatsAppRefusedError } from '#whatsapp';
import { decodeOutcome, encodeOutcome, fateOf, restored } from './outcome.js';

const refused = new WhatsAppRefusedError(403, 'forbidden');
const byWhatsApp = { cause: refused };

describe('what an error says of the action', () => {
  it.each<[string, unknown]>([
    ['bad input', ValidationError.of('gid', 'is bad')],
    ['a session that is not there', new NotFoundError('session')],
    ['a right that is missing', new ForbiddenError('not_group_admin', 'no admin')],
    ['a limit of ours', new RateLimitedError('slower', 5, { reason: 'session_rate_limited' })],
    ['a restriction that is known already', new AccountRestrictedError(5)],
    ['no connection', new SessionNotConnectedError('stopped')],
    ['a database that is away', new GatewayUnavailableError('away', 5, {}, { cause: new Error('ECONNREFUSED') })],
    ['a failure before anything was applied', new ConflictError('label_taken', 'taken').with({ applied: [] })],
  ])('is that nothing was done, for %s', (_, error) => {
    expect(fateOf(error)).toEqual({ kind: 'not_done' });
  });

  it.each<[string, unknown]>([
    ['no answer', new OutcomeUnknownError()],
    ['no answer in the middle of several', new OutcomeUnknownError().with({ applied: ['subject'] })],
    ['a mistake of ours', new TypeError('oops')],
    ['a masked mistake', new AppError('internal', 'oops')],
  ])('is nothing, for %s', (_, error) => {
    expect(fateOf(error)).toEqual({ kind: 'unknown' });
  });

  it.each<[string, unknown, object]>([
    ['that nobody mapped', refused, { code: 'forbidden' }],
    ['that became ours', new NotFoundError('group', {}, byWhatsApp), { code: 'not_found', message: 'group not found' }],
    ['deep down', new NotFoundError('group', {}, { cause: new Error('x', byWhatsApp) }), { code: 'not_found' }],
    ['of the only participant', new NotFoundError('member', { whatsappCode: 404 }), { code: 'not_found' }],
    ['with a time to wait', new RateLimitedError('slower', 7, {}, byWhatsApp), { retryAfterSeconds: 7 }],
    [
      'after others had been applied',
      new SessionNotConnectedError('stopped').with({ applied: ['subject'] }),
      { code: 'not_implemented' },
    ],
    [
      'after a group had been made',
      new SessionNotConnectedError('stopped').with({ applied: [], groupJid: '120363041234567890@g.us' }),
      { code: 'not_implemented' },
    ],
    [
      'that follows from silence',
      new ConflictError('refused_by_whatsapp', 'x', {}, { cause: new UpstreamTimeoutError('x') }),
      { code: 'conflict' },
    ],
  ])('is its outcome, for a refusal %s', (_, error, outcome) => {
    expect(fateOf(error)).toEqual({ kind: 'known', outcome: expect.objectContaining({ kind: 'failed', ...outcome }) });
  });

  it('is kept without its cause, and comes back with its code, its details and its time to wait', () => {
    for (const error of [
      new RateLimitedError('slower', 7, { reason: 'whatsapp_rate_limited' }, byWhatsApp),
      new GatewayUnavailableError('failed', 9, { whatsappCode: 500 }, byWhatsApp),
      new ForbiddenError('not_group_admin', 'no admin', { whatsappCode: 403 }, byWhatsApp),
    ]) {
      const fate = fateOf(error);
      const outcome = fate.kind === 'known' ? decodeOutcome(encodeOutcome(fate.outcome)) : undefined;
      const again = outcome?.kind === 'failed' ? restored(outcome) : undefined;
      const { code, message, details } = error;
      expect(again).toMatchObject({ code, message, details });
      expect(again?.cause).toBeUndefined();
      if ('retryAfterSeconds' in error) expect(again).toMatchObject({ retryAfterSeconds: error.retryAfterSeconds });
    }
  });
});
