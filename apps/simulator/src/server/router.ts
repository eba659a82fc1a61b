import type { RefusalTerms } from '../faults/index.js';
import { node, type StanzaNode } from '../wire/index.js';
import { WorldError, type World } from '../world/index.js';
import { ACCOUNT_QUERIES } from './account-queries.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';
import { GroupQueries } from './group-queries.js';
import type { IqHandler } from './iq.js';

/** Answers the queries of a device that has logged in, by their `xmlns`. */
export class Router {
  private readonly handlers: Map<string, IqHandler>;

  constructor(world: World, extra: Readonly<Record<string, IqHandler>>) {
    const groups = new GroupQueries(world);
    this.handlers = new Map(Object.entries({ ...ACCOUNT_QUERIES, 'w:g2': groups.handle, ...extra }));
  }

  /** `answered`: whether the device is to hear of the outcome. */
  handle(connection: Connection, device: Device, iq: StanzaNode, answered: boolean): void {
    const later: (() => void)[] = [];
    const handler = this.handlers.get(iq.attrs.xmlns ?? '');
    const afterAnswer = (work: () => void): void => void later.push(work);
    const answer = this.answer(iq, () => {
      if (handler === undefined) throw new WorldError(501, 'feature-not-implemented');
      return handler({ connection, device, iq, afterAnswer });
    });
    if (answered) connection.send(answer);
    for (const work of later) work();
  }

  private answer(iq: StanzaNode, work: () => StanzaNode[] | undefined): StanzaNode {
    const { id, to } = iq.attrs;
    const from = to === undefined || to === '@s.whatsapp.net' ? 's.whatsapp.net' : to;
    try {
      return node('iq', { type: 'result', id, from }, work());
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      return errorAnswer(iq, error.code, error.text);
    }
  }
}

export function errorAnswer(iq: StanzaNode, code: number, text: string, terms: RefusalTerms = {}): StanzaNode {
  const { id, to } = iq.attrs;
  const { backoff, expiration } = terms;
  return node('iq', { type: 'error', id, from: to }, [node('error', { code, text, backoff, expiration })]);
}
