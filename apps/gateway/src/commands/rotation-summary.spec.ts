import { describe, expect, it } from '@jest/globals';
import type { RotationReport } from '#store';
import { isComplete, summary } from './rotation-summary.js';

const DONE: RotationReport = {
  name: 'credentials of sessions',
  reencrypted: 7,
  current: 3,
  unreadable: new Map(),
  remaining: 0,
};

describe('the summary of a rotation', () => {
  it('says that the previous key is needed no more, once it is', () => {
    expect(isComplete([DONE])).toBe(true);
    expect(summary([DONE])).toEqual([
      'credentials of sessions: 7 re-encrypted, 3 already under the current key, 0 unreadable, 0 remaining',
      'The previous key is needed no more.',
    ]);
  });

  it('names the sessions and webhooks of which something is unreadable', () => {
    const unreadable = new Map([
      ['session 01A', 2],
      ['webhook wh_01B', 1],
    ]);
    const reports = [{ ...DONE, unreadable }];
    expect(isComplete(reports)).toBe(false);
    expect(summary(reports)).toEqual([
      expect.stringContaining('3 unreadable'),
      '  unreadable: 2 of session 01A',
      '  unreadable: 1 of webhook wh_01B',
      expect.stringMatching(/^What is unreadable/),
    ]);
  });

  it('says what to do about what remains', () => {
    const reports = [DONE, { ...DONE, remaining: 4 }];
    expect(isComplete(reports)).toBe(false);
    expect(summary(reports).slice(1)).toEqual([
      expect.stringContaining('4 remaining'),
      'Something remains: restart every gateway with the new key, then run this again.',
    ]);
  });
});
