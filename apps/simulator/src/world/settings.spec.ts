import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Account } from './account.js';
import { Choir, codeOf } from './spec-support/choir.js';
import type { World } from './world.js';

let choir: Choir;
let world: World;
let people: Choir['people'];
let group: Choir['group'];
let changes: Choir['changes'];

beforeEach(() => {
  choir = new Choir();
  ({ world, people, group, changes } = choir);
});

describe('settings', () => {
  const owner = (): { account: Account } => ({ account: people.owner });

  it.each<[string, () => void, () => unknown, unknown]>([
    ['subject', () => world.settings.subject(owner(), group.jid, 'New'), () => group.subject, 'New'],
    ['description', () => world.settings.description(owner(), group.jid, 'New'), () => group.description?.text, 'New'],
    [
      'announcement',
      () => world.settings.toggle(owner(), group.jid, 'announcement', true),
      () => group.announcement,
      true,
    ],
    ['locked', () => world.settings.toggle(owner(), group.jid, 'locked', true), () => group.locked, true],
    ['approval', () => world.settings.toggle(owner(), group.jid, 'approval', true), () => group.approval, true],
    [
      'memberAddMode',
      () => world.settings.memberAddMode(owner(), group.jid, 'all_member_add'),
      () => group.memberAddMode,
      'all_member_add',
    ],
    ['ephemeral', () => world.settings.ephemeral(owner(), group.jid, 604_800), () => group.ephemeralSeconds, 604_800],
  ])('%s changes, and members are told once', (setting, act, read, expected) => {
    act();
    expect(read()).toBe(expected);
    if (setting !== 'description') act();
    expect(changes).toMatchObject([{ type: 'setting', setting, actor: { account: people.owner } }]);
  });

  it.each<[string, () => void, number]>([
    ['an empty subject', () => world.settings.subject(owner(), group.jid, ''), 406],
    ['a subject of 101 characters', () => world.settings.subject(owner(), group.jid, 'x'.repeat(101)), 406],
    ['a description of 2049 characters', () => world.settings.description(owner(), group.jid, 'x'.repeat(2_049)), 406],
    ['messages that disappear after a second', () => world.settings.ephemeral(owner(), group.jid, 1), 400],
    ['messages that disappear after no number', () => world.settings.ephemeral(owner(), group.jid, NaN), 400],
    [
      'a description that replaces one which never was',
      () => world.settings.description(owner(), group.jid, 'x', 'OLD'),
      409,
    ],
  ])('refuses %s', (_name, act, code) => {
    expect(codeOf(act)).toBe(code);
    expect(changes).toEqual([]);
  });

  it('replaces a description only by one that knows it', () => {
    world.settings.description(owner(), group.jid, 'first', undefined, 'A');
    expect(codeOf(() => world.settings.description(owner(), group.jid, 'second'))).toBe(409);
    world.settings.description(owner(), group.jid, 'second', 'A', 'B');
    expect(group.description).toMatchObject({ id: 'B', text: 'second', at: choir.now });
    world.settings.description(owner(), group.jid, '', 'B');
    expect(group.description).toBeUndefined();
  });
});
