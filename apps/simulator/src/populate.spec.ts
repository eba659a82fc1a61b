import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { populate, type DemoWorld } from './populate.js';
import { Simulator } from './simulator.js';
import type { Group } from './world/index.js';

describe('the world to try', () => {
  let simulator: Simulator;
  let world: DemoWorld;

  beforeAll(async () => {
    simulator = await Simulator.start();
    world = populate(simulator);
  });
  afterAll(() => simulator.stop());

  const role = (jid: string): string | undefined => simulator.world.group(jid).members.get(world.main.account);

  it('has a dozen groups of the account, in both addressing modes', () => {
    const groups = simulator.world.groupsOf(world.main.account);
    expect(groups).toHaveLength(12);
    expect(new Set(groups.map(({ addressingMode }) => addressingMode))).toEqual(new Set(['pn', 'lid']));
  });

  it('has one with 1,024 members, an announcement group, one with approval and requests, and one without the right to change it', () => {
    const of = (jid: string): Group => simulator.world.group(jid);
    expect(of(world.groups.crowd).members.size).toBe(1_024);
    expect(of(world.groups.announcements).announcement).toBe(true);
    expect(of(world.groups.approval).approval).toBe(true);
    expect(of(world.groups.approval).joinRequests.size).toBe(2);
    expect(of(world.groups.old).jid).toMatch(/^\d+-\d+@g\.us$/);
    expect([
      role(world.groups.family),
      role(world.groups.team),
      role(world.groups.guest),
      role(world.groups.joinable),
    ]).toEqual(['superadmin', 'admin', 'member', undefined]);
  });

  it('has a number for everything that adding can answer', () => {
    const { addable, privacy, notOnWhatsApp, recentlyLeft, blocked } = world.numbers;
    const outcomes = world.main.add(world.groups.family, [addable, privacy, notOnWhatsApp, recentlyLeft, blocked]);
    expect(outcomes.map(({ code, invite }) => [code, invite !== undefined])).toEqual([
      [200, false],
      [403, true],
      [404, false],
      [408, true],
      [401, false],
    ]);
  });

  it('has two who wait to be let into a group addressed by LID: one whose number is known, one who hides it', () => {
    const { known, hidden } = world.requesters;
    const group = simulator.world.group(world.groups.approval);
    expect([group.addressingMode, role(group.jid)]).toEqual(['lid', 'superadmin']);
    const waiting = world.main.joinRequests(group.jid).map(({ account }) => [account.phone, account.showsNumber]);
    expect(waiting).toEqual([
      [known, true],
      [hidden, false],
    ]);
    const shared = simulator.world.groupsOf(simulator.phone(known).account).map(({ jid }) => jid);
    expect(shared).toContain(world.groups.neighbours);
  });

  it('has a group to join at once, and one that asks first', () => {
    expect(world.main.joinByInvite(world.invites.open)).toBe('joined');
    expect(world.main.joinByInvite(world.invites.approval)).toBe('requested');
  });
});
