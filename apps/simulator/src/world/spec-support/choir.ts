import type { Account } from '../account.js';
import type { WorldChange } from '../changes.js';
import type { Group, Role } from '../group.js';
import type { Switches } from '../switches.js';
import { WorldError } from '../world-error.js';
import { World } from '../world.js';

export type Who = 'owner' | 'admin' | 'member' | 'stranger' | 'newcomer';

export const PHONES: Record<Who, string> = {
  owner: '4915100000001',
  admin: '4915100000002',
  member: '4915100000003',
  stranger: '4915100000004',
  newcomer: '4915100000005',
};
export const NOBODY = '4915199999999';
export const NO_GROUP = '120363999999999999@g.us';

/** A world with one group of an owner, an admin and a member, on a clock that stands still. */
export class Choir {
  now = 1_700_000_000;
  readonly world: World;
  readonly people: Record<Who, Account>;
  readonly group: Group;
  /** What was told since the group came to be. */
  readonly changes: WorldChange[] = [];

  constructor(switches: Partial<Switches> = {}) {
    this.world = new World({ switches, now: () => this.now });
    const made = Object.entries(PHONES).map(
      ([name, phone]) => [name, this.world.directory.create({ phone, name })] as const,
    );
    this.people = Object.fromEntries(made) as typeof this.people;
    const { owner, admin } = this.people;
    const participants = [PHONES.admin, PHONES.member];
    this.group = this.world.createGroup({ account: owner }, { subject: 'Choir', participants }).group;
    this.group.members.set(admin, 'admin');
    this.world.onChange((change) => void this.changes.push(change));
  }

  roleOf(who: Who): Role | undefined {
    return this.group.members.get(this.people[who]);
  }

  toldTypes(): string[] {
    return this.changes.map(({ type }) => type);
  }
}

/** 200, or the code of the refusal. */
export function codeOf(act: () => unknown): number {
  try {
    act();
    return 200;
  } catch (error) {
    if (error instanceof WorldError) return error.code;
    throw error;
  }
}
