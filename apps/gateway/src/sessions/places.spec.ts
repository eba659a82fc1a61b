import { describe, expect, it } from '@jest/globals';
import { Places } from './places.js';

describe('places', () => {
  const ask = (places: Places, who: string, entered: string[]): (() => void) => places.take(() => entered.push(who));

  it('are given in the order in which they were asked for, as they come free', () => {
    const places = new Places(2);
    const entered: string[] = [];
    const [a, b] = ['a', 'b', 'c', 'd'].map((who) => ask(places, who, entered));
    expect([entered, places.areTaken]).toEqual([['a', 'b'], true]);
    b?.();
    expect(entered).toEqual(['a', 'b', 'c']);
    a?.();
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('go past whoever gave up waiting, and one that was given back twice is one', () => {
    const places = new Places(1);
    const entered: string[] = [];
    const [a, b] = ['a', 'b', 'c', 'd'].map((who) => ask(places, who, entered));
    b?.();
    a?.();
    a?.();
    b?.();
    expect(entered).toEqual(['a', 'c']);
  });

  it('that were occupied beyond the number come free before anybody enters', () => {
    const places = new Places(1);
    const entered: string[] = [];
    const a = ask(places, 'a', entered);
    const beyond = places.occupy();
    ask(places, 'b', entered);
    a();
    expect([entered, places.areTaken]).toEqual([['a'], true]);
    beyond();
    expect(entered).toEqual(['a', 'b']);
  });
});
