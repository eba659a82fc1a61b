import type { BinaryNode } from './node.js';

/** One question to WhatsApp, as a value: `sendQuery` sends it, reads the answer and tells what went wrong. */
export interface Query<T> {
  xmlns: string;
  to: string;
  type: 'get' | 'set';
  content: BinaryNode;
  /** The tags of which the answer must hold one; none: an empty answer will do, and `read` is given all of it. */
  expect: readonly string[];
  /** Reads the child that was expected. */
  read(answer: BinaryNode): T;
}
