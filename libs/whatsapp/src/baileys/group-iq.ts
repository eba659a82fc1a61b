import type { BinaryNode } from './node.js';
import type { Query } from './query.js';

const XMLNS = 'w:g2';
/** The address of groups in general, for what is not asked of one group. */
export const ANY_GROUP = '@g.us';

/** What is asked, and of whom: a query but for its answer. */
type Question = Pick<Query<never>, 'xmlns' | 'to' | 'type' | 'content'>;

export function get(to: string, content: BinaryNode): Question {
  return { xmlns: XMLNS, to, type: 'get', content };
}

export function set(to: string, content: BinaryNode): Question {
  return { xmlns: XMLNS, to, type: 'set', content };
}

/** `<participant>` for each of these. */
export function participantNodes(jids: readonly string[]): BinaryNode[] {
  return jids.map((jid) => ({ tag: 'participant', attrs: { jid } }));
}
