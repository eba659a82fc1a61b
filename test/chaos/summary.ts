import type { Rig } from './rig.js';
import type { Striker } from './strike.js';
import { LASTING } from './schedule.js';

/** What a run came to, for people. */
export function summary(rig: Rig, striker: Striker, seed: number, found: number): string {
  const { errands } = rig.traffic;
  const logins = rig.world.accounts.reduce((sum, { number }) => sum + rig.world.simulator.logins(number), 0);
  const outcomes = new Map<string, number>();
  for (const { action, outcome } of errands) {
    const what = `${action} ${outcome}`;
    outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  }
  return [
    `chaos: CHAOS_SEED=${seed}: ${found === 0 ? 'nothing wrong' : `${found} findings`}`,
    `  faults:    ${listed(striker.counts)}`,
    `  requests:  ${listed(rig.answers.counts)}`,
    `  errands:   ${listed(outcomes)}`,
    `  sessions:  ${LASTING} lasting, ${logins} logins, all connected ${striker.recoveriesMs.join(', ')} ms after each phase`,
    `  processes: ${rig.gateway.kills} killed`,
    '',
  ].join('\n');
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, count]) => `${what}: ${count}`)
    .join(', ');
}
