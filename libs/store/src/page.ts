import { ValidationError } from '#errors';
import { isId } from './new-id.js';

export interface PageRequest {
  /** 1–1000; absent: everything in one page. */
  limit?: number;
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  /** `''` on the last page. */
  nextCursor: string;
}

/**
 * The id after which a page of `list` starts, `''` for the first one. Pages follow the id, which never changes and only
 * grows, so that rows that come and go neither repeat nor hide others. A cursor says which list it is from: in another
 * one it would skip rows without a word.
 */
export function startOf(page: PageRequest, list: string): string {
  if (page.cursor === undefined || page.cursor === '') return '';
  const text = Buffer.from(page.cursor, 'base64url').toString();
  const id = text.slice(list.length + 1);
  if (cursorTo(list, id) !== page.cursor || !isId(id.replace(/^(key|wh|dlv)_/, ''))) {
    throw ValidationError.of('cursor', 'is not a cursor of this list');
  }
  return id;
}

function cursorTo(list: string, id: string): string {
  return Buffer.from(`${list} ${id}`).toString('base64url');
}

/** How many rows to ask for: one more than the page holds tells whether another page follows. */
export function rowsFor(page: PageRequest): number | null {
  return page.limit === undefined ? null : page.limit + 1;
}

/**
 * `records` of `list` in the order of their ids, as many as `rowsFor` asked for, or all that there are up to `lookedUpTo`:
 * an id beyond which nothing was looked at, absent when everything was.
 */
export function pageOf<T extends { id: string }>(
  records: T[],
  page: PageRequest,
  list: string,
  lookedUpTo?: string,
): Page<T> {
  const more = page.limit !== undefined && records.length > page.limit;
  const data = more ? records.slice(0, page.limit) : records;
  const last = more ? data.at(-1)?.id : lookedUpTo;
  return { data, nextCursor: last === undefined ? '' : cursorTo(list, last) };
}
