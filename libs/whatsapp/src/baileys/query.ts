import { OutcomeUnknownError } from '#whatsapp';
import type { BinaryNode } from './node.js';

/** The address of WhatsApp itself, for what is not asked of a group. */
export const WHATSAPP = '@s.whatsapp.net';

/** One question to WhatsApp, as a value: `sendQuery` sends it, reads the answer and tells what went wrong. */
export interface Query<T> {
  xmlns: string;
  to: string;
  /** What is asked about, where that is not `to`. */
  target?: string;
  type: 'get' | 'set';
  /** None: the query is its attributes alone. */
  content?: BinaryNode;
  /** How many times as long as others an answer may take; once, where not said. */
  patience?: number;
  /** The tags of which the answer must hold one; none: an empty answer will do, and `read` is given all of it. */
  expect: readonly string[];
  /** Reads the child that was expected. */
  read(answer: BinaryNode): T;
}

/** An answer in a form that we do not know tells nothing of what WhatsApp did. */
export function known(answer: BinaryNode, isKnown: boolean): BinaryNode {
  if (!isKnown) throw unknownForm();
  return answer;
}

export function unknownForm(): OutcomeUnknownError {
  return new OutcomeUnknownError('WhatsApp answered in a form that the gateway does not know');
}
