import { describe, expect, it } from '@jest/globals';
import { ValidationError } from '#errors';
import { newId } from './new-id.js';
import { pageOf, rowsFor, startOf } from './page.js';

const LIST = 'things';
const encoded = (text: string): string => Buffer.from(text).toString('base64url');
const rows = (count: number): { id: string }[] => Array.from({ length: count }, () => ({ id: newId() }));

describe('pages', () => {
  it('starts at the beginning without a cursor', () => {
    expect(startOf({}, LIST)).toBe('');
    expect(startOf({ cursor: '' }, LIST)).toBe('');
  });

  it('goes on after the last row that was shown', () => {
    const stored = rows(3);
    const page = pageOf(stored, { limit: 2 }, LIST);
    expect(page.data).toEqual(stored.slice(0, 2));
    expect(startOf({ cursor: page.nextCursor }, LIST)).toBe(stored[1]?.id);
  });

  it('has an empty cursor on the last page, also when it is full', () => {
    expect(pageOf(rows(2), { limit: 2 }, LIST).nextCursor).toBe('');
    expect(pageOf([], { limit: 2 }, LIST)).toEqual({ data: [], nextCursor: '' });
  });

  it('goes on after what was looked at, where that was not everything and did not fill the page', () => {
    const [upTo] = rows(1) as [{ id: string }];
    expect(startOf({ cursor: pageOf([], { limit: 2 }, LIST, upTo.id).nextCursor }, LIST)).toBe(upTo.id);
    const stored = rows(3);
    const { nextCursor } = pageOf(stored, { limit: 2 }, LIST, upTo.id);
    expect(startOf({ cursor: nextCursor }, LIST)).toBe(stored[1]?.id);
  });

  it('holds everything without a limit', () => {
    expect(rowsFor({})).toBeNull();
    expect(pageOf(rows(2_000), {}, LIST)).toMatchObject({ data: { length: 2_000 }, nextCursor: '' });
  });

  it('accepts cursors of ids with a prefix', () => {
    const id = `key_${newId()}`;
    const { nextCursor } = pageOf([{ id }, { id: 'key_next' }], { limit: 1 }, LIST);
    expect(startOf({ cursor: nextCursor }, LIST)).toBe(id);
  });

  it('goes on in the list that the cursor is from, and in no other', () => {
    const { nextCursor } = pageOf(rows(2), { limit: 1 }, 'groups of one');
    for (const list of ['groups of another', 'groups', 'groups of one ', 'sessions']) {
      expect(() => startOf({ cursor: nextCursor }, list)).toThrow(/^cursor: /);
    }
  });

  it.each([
    'x',
    'not a cursor',
    encoded("' or 1=1"),
    encoded(newId()),
    encoded(`${LIST} evt_${newId()}`),
    `${encoded(`${LIST} ${newId()}`)}=`,
    encoded(`${LIST} ${newId()}\0`),
  ])('refuses %j as a cursor, naming the field', (cursor) => {
    expect(() => startOf({ cursor }, LIST)).toThrow(ValidationError);
    expect(() => startOf({ cursor }, LIST)).toThrow(/^cursor: /);
  });
});
