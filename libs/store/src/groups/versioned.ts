import type { Page, PageRequest } from '../page.js';
import { startOf } from '../page.js';

/** What is stored, and a text that is another one as soon as anything about it changes. */
export interface Versioned<T> {
  version: string;
  value: T;
}

export type VersionedPage<T> = Versioned<Page<T>>;

/** The version of one page out of that of its list. Throws `ValidationError` for a cursor of another list. */
export function pageVersion(version: string, page: PageRequest, list: string): string {
  return `${version}.${page.limit ?? 'all'}.${startOf(page, list)}`;
}
