import { describe, expect, it } from '@jest/globals';
import { GatewayUnavailableError } from '#errors';
import { unlessAway } from './database-away.js';

const failing = (message: string, more: object = {}): Promise<never> =>
  Promise.reject(Object.assign(new Error(message), more));

describe('a failure of the database', () => {
  it.each<[string, object]>([
    ['connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED' }],
    ['read ECONNRESET', { code: 'ECONNRESET' }],
    ['terminating connection due to administrator command', { code: '57P01' }],
    ['the database system is starting up', { code: '57P03' }],
    ['sorry, too many clients already', { code: '53300' }],
    ['canceling statement due to statement timeout', { code: '57014' }],
    ['deadlock detected', { code: '40P01' }],
    ['Connection terminated unexpectedly', {}],
    ['Error: Connection terminated unexpectedly', {}],
    ['Query read timeout', {}],
    ['timeout exceeded when trying to connect', {}],
    ['', { errors: [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })] }],
  ])('"%s" %j: it is away', async (message, more) => {
    const failure = unlessAway(failing(message, more));
    await expect(failure).rejects.toThrow(GatewayUnavailableError);
    await expect(failure).rejects.toMatchObject({ retryAfterSeconds: 5, cause: { message } });
  });

  it.each<[string, object]>([
    ['duplicate key value violates unique constraint', { code: '23505' }],
    ['syntax error at or near "selct"', { code: '42601' }],
    ['cannot read properties of undefined', {}],
  ])('"%s" %j: it passes as it is', async (message, more) => {
    await expect(unlessAway(failing(message, more))).rejects.not.toThrow(GatewayUnavailableError);
    await expect(unlessAway(failing(message, more))).rejects.toThrow(message);
  });
});
