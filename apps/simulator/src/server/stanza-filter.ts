import { child, type StanzaNode } from '../wire/index.js';

/** Which stanzas from devices are meant; what is absent does not matter. */
export interface StanzaFilter {
  /** Digits of the account whose device sent it. */
  phone?: string;
  tag?: string;
  xmlns?: string;
  type?: string;
  /** The tag of the stanza's first child: `add`, `participating`, `ping`, … */
  child?: string;
  /** Whom it was sent to, e.g. a group's JID. */
  to?: string;
}

export function matchesStanza(filter: StanzaFilter, phone: string | undefined, stanza: StanzaNode): boolean {
  const { tag, attrs } = stanza;
  return (
    same(filter.phone, phone) &&
    same(filter.tag, tag) &&
    same(filter.xmlns, attrs.xmlns) &&
    same(filter.type, attrs.type) &&
    same(filter.to, attrs.to) &&
    (filter.child === undefined || child(stanza)?.tag === filter.child)
  );
}

function same(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual;
}
