import type { SeededDatabase } from './seeded-database.js';
import { phoneNumbers, type LinkedDevice, type SimulatorProcess } from './simulator.js';

export interface Population {
  sessions: number;
  /** Of each session. */
  groups: number;
  /** Of each group, the account included. */
  members: number;
}

/** As many linked accounts, each the maker of its groups. Returns their devices. */
export async function linkSessions(
  simulator: SimulatorProcess,
  database: SeededDatabase,
  { sessions, groups, members }: Population,
): Promise<LinkedDevice[]> {
  const accounts = phoneNumbers(1, sessions);
  const participants = phoneNumbers(2, members - 1);
  await simulator.createAccounts([...accounts, ...participants]);
  const devices: LinkedDevice[] = [];
  for (const account of accounts) {
    for (let group = 1; group <= groups; group++) {
      await simulator.createGroup(account, { subject: `Group ${group}`, participants });
    }
    const device = await simulator.provision(account);
    await database.linkAs(account, device);
    devices.push(device);
  }
  return devices;
}
