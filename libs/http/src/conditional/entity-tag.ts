import { gatewayVersion } from '#config';

/** Another release may show the same things in another way. */
const RELEASE = gatewayVersion();

/** A strong entity tag. `version` tells one state of the thing from every other, in characters that a tag may hold. */
export function entityTag(kind: string, version: string): string {
  return `"${RELEASE}/${kind}/${version}"`;
}

const TAGS = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** Whether `If-None-Match` names `tag`. It compares weakly (RFC 9110, 13.1.2): a tag that was made weak on its way counts. */
export function namesTag(header: string, tag: string): boolean {
  if (header === tag || header.trim() === '*') return true;
  for (const [, named] of header.matchAll(TAGS)) if (named === tag) return true;
  return false;
}
