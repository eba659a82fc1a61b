import type { SeededDatabase } from './seeded-database.js';
import { phoneNumbers, type SimulatorProcess } from './simulator.js';

export interface Population {
  sessions: number;
  /** Of each session. */
  groups: number;
  /** Of each group, the account included. */
  members: number;
}

/** As many linked accounts, each the maker of its groups. */
export async function linkSessions(
  simulator: SimulatorProcess,
  database: SeededDatabase,
  { sessions, groups, members }: Population,
): Promise<void> {
  const accounts = phoneNumbers(1, sessions);
  const participants = phoneNumbers(2, members - 1);
  await simulator.createAccounts([...accounts, ...participants]);
  for (const account of accounts) {
    for (let group = 1; group <= groups; group++) {
      await simulator.createGroup(account, { subject: `Group ${group}`, participants });
    }
    await database.link(simulator, account);
  }
}
