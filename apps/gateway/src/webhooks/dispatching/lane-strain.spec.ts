import { beforeEach, describe, expect, it } from '@jest/globals';
import { LaneStrain } from './lane-strain.js';

let strain: LaneStrain;
beforeEach(() => {
  strain = new LaneStrain();
});
const fail = (times: number): void => {
  for (let n = 0; n < times; n++) strain.took(false, 0);
};

describe('a lane', () => {
  it('is not put off by single failures', () => {
    fail(4);
    strain.took(true, 0);
    fail(4);
    expect(strain.isFailing).toBe(false);
    expect(strain.restMs(0)).toBe(0);
  });

  it('of an endpoint that keeps failing tries something new ever less often, twice a minute at least', () => {
    fail(5);
    expect(strain.isFailing).toBe(true);
    expect(strain.restMs(0)).toBe(100);
    expect(strain.restMs(100)).toBe(0);
    fail(1);
    expect(strain.restMs(0)).toBe(200);
    fail(1_000);
    expect(strain.restMs(0)).toBe(30_000);
  });

  it('goes on as if nothing had been with the first success, and when the webhook changes', () => {
    for (const end of [() => strain.took(true, 0), () => strain.clear()]) {
      fail(10);
      end();
      expect(strain.isFailing).toBe(false);
      expect(strain.restMs(0)).toBe(0);
    }
  });
});
