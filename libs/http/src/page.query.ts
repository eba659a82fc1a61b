import { type DocumentedError, invalid } from './error-responses.js';
import { Count, Text } from './properties/index.js';

/** How much of a list to answer, and from where. */
export class PageQuery {
  @Count({ description: 'Items in a page; left out: everything in one page', min: 1, max: 1000, optional: true })
  limit?: number;

  @Text({ description: 'The `nextCursor` of the page before', maxLength: 1024, optional: true })
  cursor?: string;
}

/** How a list fails, as OpenAPI shows it. */
export const BAD_PAGE: readonly DocumentedError[] = [
  invalid('limit', 'must be a whole number from 1 to 1000'),
  invalid('cursor', 'is not a cursor of this list'),
];
