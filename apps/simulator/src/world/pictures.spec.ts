import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Account } from './account.js';
import { Choir, codeOf, NO_GROUP, type Who } from './spec-support/choir.js';
import type { World } from './world.js';

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');

let choir: Choir;
let world: World;
let group: Choir['group'];

const by = (who: Who): { account: Account } => ({ account: choir.people[who] });

beforeEach(() => {
  choir = new Choir();
  ({ world, group } = choir);
});

describe('pictures', () => {
  it('are set, found by their address, replaced and removed, and members are told', () => {
    const first = world.pictures.set(by('member'), group.jid, JPEG);
    expect(world.pictures.get(by('owner'), group.jid)).toEqual({ id: first.id, image: JPEG });
    expect(world.pictures.find(first.id)?.image).toBe(JPEG);
    const second = world.pictures.set(by('owner'), group.jid, JPEG);
    expect([world.pictures.find(first.id), world.pictures.find(second.id)]).toEqual([undefined, second]);
    world.pictures.remove(by('owner'), group.jid);
    expect(codeOf(() => world.pictures.get(by('owner'), group.jid))).toBe(404);
    expect(choir.toldTypes()).toEqual(['picture', 'picture', 'picture']);
  });

  it('can be removed where there is none, and nobody is told', () => {
    world.pictures.remove(by('member'), group.jid);
    expect(choir.changes).toEqual([]);
  });

  it.each<[string, () => unknown, number]>([
    ['shown to a stranger', () => world.pictures.get(by('stranger'), group.jid), 403],
    ['shown of no group', () => world.pictures.get(by('owner'), NO_GROUP), 404],
    ['set by a stranger', () => world.pictures.set(by('stranger'), group.jid, JPEG), 403],
    ['set to what is no JPEG', () => world.pictures.set(by('owner'), group.jid, Buffer.from('GIF89a')), 406],
    ['set to nothing', () => world.pictures.set(by('owner'), group.jid, Buffer.alloc(0)), 406],
    ['removed by a stranger', () => world.pictures.remove(by('stranger'), group.jid), 403],
    ['set by a member of a locked group', () => locked(() => world.pictures.set(by('member'), group.jid, JPEG)), 403],
    ['removed by a member of a locked group', () => locked(() => world.pictures.remove(by('member'), group.jid)), 403],
  ])('are not %s', (_name, act, code) => {
    expect(codeOf(act)).toBe(code);
  });

  it('are set by admins of a locked group', () => {
    expect(codeOf(() => locked(() => world.pictures.set(by('admin'), group.jid, JPEG)))).toBe(200);
  });
});

function locked(act: () => unknown): unknown {
  group.locked = true;
  return act();
}
