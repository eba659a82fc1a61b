import { describe, expect, it } from '@jest/globals';
import type { MemberAction, ParticipantResult } from '#whatsapp';
import { declined, isDone, resultsToStore } from './participant-results.js';

const result = (code: number): ParticipantResult => ({ input: 'x@lid', lid: 'x@lid', code });

describe('what WhatsApp says of one participant', () => {
  it.each<[MemberAction, number, boolean]>([
    ['add', 200, true],
    ['add', 409, true],
    ['add', 401, false],
    ['add', 403, false],
    ['add', 404, false],
    ['add', 408, false],
    ['remove', 200, true],
    ['remove', 404, true],
    ['remove', 403, false],
    ['promote', 200, true],
    ['promote', 409, true],
    ['promote', 404, false],
    ['demote', 409, true],
    ['demote', 404, false],
    ['demote', 500, false],
  ])('%s with %i is done: %s', (action, code, done) => {
    expect(isDone(action, code)).toBe(done);
    expect(declined(action, [result(code)])).toHaveLength(done ? 0 : 1);
  });

  it('stores an absentee as removed', () => {
    expect(resultsToStore('remove', [result(404)])).toEqual([{ ...result(404), code: 200 }]);
  });

  it('stores nothing of an add that found a member, whose role it does not tell', () => {
    expect(resultsToStore('add', [result(409), result(403), result(200)])).toEqual([result(200)]);
  });
});
