import { OutcomeUnknownError, SessionNotConnectedError } from '#whatsapp';
import { childOf, type BinaryNode } from './node.js';
import { unknownForm, type Query } from './query.js';
import { refusalBehind } from './refusal.js';
import { untilAborted } from './until-aborted.js';

/** What `sendQuery` needs of a Baileys socket. */
export interface QuerySocket {
  ws: {
    isOpen: boolean;
    once(event: string, listener: (node: BinaryNode | undefined) => void): unknown;
    off(event: string, listener: (node: BinaryNode | undefined) => void): unknown;
    emit(event: string, node: BinaryNode | undefined): boolean;
  };
  generateMessageTag(): string;
  query(node: BinaryNode, timeoutMs?: number): Promise<unknown>;
}

export interface QueryLimits {
  timeoutMs: number;
  /** Fires when the connection begins to end: what is in flight will not be answered. */
  ending: AbortSignal;
}

/**
 * The only way by which the gateway asks WhatsApp anything: one stanza, one answer.
 *
 * Baileys resolves `undefined`, or rejects with a timeout or a bare close code, when no answer came; its own helpers
 * turn that into an empty success. Here it is always `OutcomeUnknownError`, and `SessionNotConnectedError` only where
 * nothing left this machine.
 */
export async function sendQuery<T>(socket: QuerySocket, query: Query<T>, limits: QueryLimits): Promise<T> {
  // Baileys looks at this very flag in the same tick: past here the stanza is on its way.
  if (limits.ending.aborted || !socket.ws.isOpen) throw new SessionNotConnectedError('starting');
  const answer = await exchange(socket, stanzaOf(query, socket.generateMessageTag()), {
    ...limits,
    timeoutMs: limits.timeoutMs * (query.patience ?? 1),
  });
  return query.read(expectedIn(answer, query.expect));
}

function stanzaOf(query: Query<unknown>, id: string): BinaryNode {
  const { xmlns, to, target, type, content } = query;
  return {
    tag: 'iq',
    attrs: { id, xmlns, to, type, ...(target !== undefined && { target }) },
    ...(content && { content: [content] }),
  };
}

async function exchange(socket: QuerySocket, stanza: BinaryNode, limits: QueryLimits): Promise<BinaryNode> {
  let raw: BinaryNode | undefined;
  const keep = (node: BinaryNode | undefined): void => void (raw = node);
  // Baileys' error keeps the code of a refusal and drops the node, with how long to wait.
  const event = `TAG:${stanza.attrs.id}`;
  socket.ws.once(event, keep);
  // Baileys' own timeouts cost more than all else that it does for a query, so it is given none (0). An answer that is
  // nothing is what its timeout would resolve with; it takes Baileys' listeners away, too.
  const silence = setTimeout(() => socket.ws.emit(event, undefined), limits.timeoutMs);
  try {
    // A close takes Baileys' own listeners away before they are called: without this race the query would hang.
    return resultOf(await untilAborted(socket.query(stanza, 0), limits.ending, closedTooEarly));
  } catch (error) {
    throw failureOf(error, raw);
  } finally {
    clearTimeout(silence);
    socket.ws.off(event, keep);
  }
}

export function closedTooEarly(): Error {
  return new OutcomeUnknownError('the connection closed before WhatsApp answered');
}

function resultOf(answer: unknown): BinaryNode {
  if (isNode(answer) && answer.attrs.type === 'result') return answer;
  throw new OutcomeUnknownError();
}

function failureOf(error: unknown, raw: BinaryNode | undefined): Error {
  if (error instanceof OutcomeUnknownError) return error;
  return refusalBehind(error, childOf(raw, 'error')) ?? new OutcomeUnknownError(undefined, { cause: error });
}

function expectedIn(answer: BinaryNode, expect: readonly string[]): BinaryNode {
  if (expect.length === 0) return answer;
  for (const tag of expect) {
    const child = childOf(answer, tag);
    if (child) return child;
  }
  throw unknownForm();
}

function isNode(value: unknown): value is BinaryNode {
  return typeof value === 'object' && value !== null && 'tag' in value && 'attrs' in value;
}
