import { StringDecoder } from 'node:string_decoder';
import { printable } from './printable.js';
import type { SecretMask } from './secret-mask.js';

const LONGEST_BYTES = 1_024;
/** Enough to fill an excerpt, masks and all; where it is not, that is shorter. An endpoint may answer much more. */
const LOOKED_AT_BYTES = 4 * LONGEST_BYTES;

/**
 * The beginning of an answer's body for people to read: printable, and without what is secret. `isWhole`: whether `body`
 * is all of it, else it may end within a secret.
 */
export function excerptOf(body: Buffer, isWhole: boolean, masks: readonly SecretMask[]): string | undefined {
  if (body.length === 0) return undefined;
  const isCut = !isWhole || body.length > LOOKED_AT_BYTES;
  // Without half a character at the end, which would be none of a secret's.
  let text = new StringDecoder('utf8').write(body.subarray(0, LOOKED_AT_BYTES));
  for (const mask of masks) text = mask.hide(text, isCut);
  const beginning = Buffer.from(printable(text)).subarray(0, LONGEST_BYTES).toString();
  // The last character may have been cut in two.
  return printable(beginning).trim() || undefined;
}
