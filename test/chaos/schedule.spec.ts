import { describe, expect, it } from '@jest/globals';
import { ACCOUNTS, LASTING, schedule } from './schedule.js';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

describe('the schedule of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    for (const seed of SEEDS) {
      expect(schedule(seed, 2)).toEqual(schedule(seed, 2));
      expect(schedule(seed, 2)).not.toEqual(schedule(seed + 1, 2));
    }
  });

  it('is in the order of time, and ends with a kill', () => {
    for (const seed of SEEDS) {
      const phases = schedule(seed, 3);
      for (const phase of phases) {
        const times = phase.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
      }
      expect(phases.at(-1)).toEqual([{ at: 0, fault: { kind: 'kill' } }]);
    }
  });

  it('has in every round what the proof asks for', () => {
    for (const seed of SEEDS) {
      const kinds = new Set(
        schedule(seed, 1)
          .flat()
          .map(({ fault }) => fault.kind),
      );
      for (const kind of ['kill', 'database', 'drop', 'refuse', 'silence', 'stream', 'garbage', 'query', 'doom']) {
        expect(kinds).toContain(kind);
      }
    }
  });

  it('ends for good the sessions that are set apart, and strikes these with nothing else that names accounts', () => {
    for (const seed of SEEDS) {
      const faults = schedule(seed, 3)
        .flat()
        .map(({ fault }) => fault);
      const doomed = faults.flatMap((fault) => (fault.kind === 'doom' ? fault.account : []));
      expect(doomed.toSorted((one, other) => one - other)).toEqual([LASTING, LASTING + 1, ACCOUNTS - 1]);
      for (const account of faults.flatMap((fault) => ('accounts' in fault ? fault.accounts : []))) {
        expect(account).toBeLessThan(LASTING);
      }
    }
  });

  it('cuts no connection that is to be found silent', () => {
    for (const seed of SEEDS) {
      for (const phase of schedule(seed, 2)) {
        const silence = phase.find(({ fault }) => fault.kind === 'silence');
        if (silence?.fault.kind !== 'silence') continue;
        const { accounts } = silence.fault;
        for (const { fault } of phase.filter((step) => step !== silence)) {
          expect(['kill', 'freeze', 'takeover', 'offline']).not.toContain(fault.kind);
          const struck = 'accounts' in fault ? fault.accounts : [];
          expect(struck.filter((account) => accounts.includes(account))).toEqual([]);
        }
      }
    }
  });
});
