import { describe, expect, it } from '@jest/globals';
import {
  AppError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  UnauthorizedError,
  UpstreamTimeoutError,
  ValidationError,
} from '#errors';
import { SessionNotConnectedError } from '#whatsapp';
import { INVALID_ACTION, NO_IDENTIFIER } from './messages.js';
import { PRODUCT_B } from './product-b.dialect.js';

describe('product B', () => {
  it.each<[AppError, number, string, string]>([
    [new UnauthorizedError(), 401, 'unauthorized', 'a valid bearer token is required'],
    [new ForbiddenError('capability_missing', 'this needs send'), 403, 'forbidden', 'this needs send'],
    [
      new ForbiddenError('not_group_admin', 'no admin'),
      403,
      'forbidden',
      'Not authorized to perform this action (must be admin)',
    ],
    [new NotFoundError('session'), 404, 'not_found', 'Instance not found'],
    [new NotFoundError('group'), 404, 'not_found', 'Group not found or you are not a member of this group'],
    [new NotFoundError('route'), 404, 'not_found', 'route not found'],
    [new SessionNotConnectedError('stopped'), 400, 'validation_error', 'Instance is not connected to WhatsApp'],
    [new AppError('not_implemented', 'x', { reason: 'reserved' }), 501, 'not_implemented', 'x'],
    [new RateLimitedError('slow down', 3), 429, 'rate_limited', 'Rate limit exceeded. Try again later.'],
    [new ConflictError('join_approval_off', 'off'), 409, 'conflict', 'off'],
    [new UpstreamTimeoutError('no answer'), 504, 'upstream_timeout', 'no answer'],
    [ValidationError.of('action', INVALID_ACTION), 400, 'validation_error', INVALID_ACTION],
    [ValidationError.of('name', 'is required'), 400, 'validation_error', 'name: is required'],
  ])('tells %s as %i', (error, status, code, message) => {
    const told = PRODUCT_B.tell(error);
    expect(told).toMatchObject({ status, body: { success: false, error: { code, message } } });
    expect(told.body).toHaveProperty('error.details');
  });

  it('tells an error that is replayed, which has no class any more, as the first time', () => {
    const error = new SessionNotConnectedError('stopped');
    const { code, message, details } = error;
    expect(PRODUCT_B.tell(new AppError(code, message, details))).toEqual(PRODUCT_B.tell(error));
  });

  it('leads with the field that it looks at first, and names all', () => {
    const error = new ValidationError([
      { path: 'participants', message: 'must have at most 1024 items' },
      { path: 'identifier', message: NO_IDENTIFIER },
    ]);
    expect(PRODUCT_B.tell(error).body).toMatchObject({
      error: {
        message: 'participants: must have at most 1024 items (and 1 more)',
        details: { fields: [{ path: 'participants' }, { path: 'identifier', message: NO_IDENTIFIER }] },
      },
    });
  });

  it.each([
    ['gid', 'identifier'],
    ['invite', 'identifier'],
    ['subject', 'name'],
  ])('calls the field %s %s', (path, name) => {
    expect(PRODUCT_B.tell(ValidationError.of(path, 'is odd')).body).toMatchObject({
      error: { message: `${name}: is odd`, details: { fields: [{ path: name, message: 'is odd' }] } },
    });
  });

  it('calls the settings by its own names where one of them fails', () => {
    const error = new ForbiddenError('not_group_admin', 'x', {
      failed: 'announce',
      applied: ['subject', 'description'],
    });
    expect(PRODUCT_B.tell(error).body).toMatchObject({
      error: {
        details: { failed: 'groupSettings.membersCanSendMessages', applied: ['name', 'description'] },
      },
    });
  });
});
