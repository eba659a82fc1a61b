import type { WASocket } from '@whiskeysockets/baileys';
import type WebSocket from 'ws';
import { childOf, childrenOf, type BinaryNode } from './node.js';

/** How long a peer has to answer our closing frame. */
const CLOSE_DEADLINE_MS = 1_500;

type Listener = (...args: unknown[]) => unknown;

export interface SocketEvents {
  /** A frame could not be decrypted or decoded: nothing that follows on this connection can be trusted to arrive. */
  frameFailed(error: unknown): void;
  /** Baileys failed to handle one stanza; the next one may be fine. */
  handlerFailed(error: unknown): void;
  /** The server answered the upgrade with something else. Baileys says nothing of it and waits for ever. */
  upgradeRefused(status: number | undefined): void;
  /** Baileys begins to close. Queries that are still open will not be answered. */
  closing(): void;
  /** Something that could be decrypted arrived, whatever it is. */
  frame(): void;
  /** Each stanza, before Baileys handles it. */
  stanza(node: BinaryNode): void;
  /** WhatsApp handed out this many references for QR codes: a device can be linked. */
  pairable(references: number): void;
  /** Acknowledged once this resolves. Never, if it rejects: WhatsApp sends it again at the next login. */
  groupNotification(node: BinaryNode): Promise<void>;
  groupsDirty(): void;
}

/**
 * Puts a Baileys socket under our control: what its listeners throw is caught, its closing has a deadline, and events
 * that it has no word for are told. To be called in the tick in which the socket was made.
 */
export function guardSocket(socket: WASocket, events: SocketEvents): void {
  const { ws } = socket;
  catchRejections(ws, events);
  limitClose(socket, events);
  takeOverDirty(socket, events);
  holdAcknowledgements(socket, events);
  ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    events.frame();
    if (!(frame instanceof Uint8Array)) events.stanza(frame);
  });
  ws.on('CB:iq,type:set,pair-device', (node: BinaryNode) =>
    events.pairable(childrenOf(childOf(node, 'pair-device'), 'ref').length),
  );
  ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) =>
    events.upgradeRefused(response.statusCode),
  );
}

/** Lets go of everything: settles what Baileys still waits for, and destroys the connection if it is not closed yet. */
export function releaseSocket(socket: WASocket): void {
  const { ws } = socket;
  // A query waits for 'error' as well as for 'close', and of the two Baileys removes only the listeners of 'close'.
  ws.emit('error', new Error('the connection is closed'));
  ws.removeAllListeners();
  ws.on('error', () => undefined);
  rawSocket(socket)?.terminate();
}

/**
 * Baileys handles frames in async listeners whose result nobody awaits, so a frame that cannot be decrypted, or an
 * acknowledgement on a socket that just closed, would be an unhandled rejection: the end of the process.
 */
function catchRejections(ws: WASocket['ws'], events: SocketEvents): void {
  for (const event of ws.eventNames()) {
    const listeners = ws.listeners(event) as Listener[];
    ws.removeAllListeners(event);
    const failed = (error: unknown): void =>
      event === 'message' ? events.frameFailed(error) : events.handlerFailed(error);
    for (const listener of listeners) ws.on(event, caught(listener.bind(ws), failed));
  }
}

function caught(listener: Listener, failed: (error: unknown) => void): Listener {
  return (...args) => {
    try {
      const result = listener(...args);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** A dead peer never sends its closing frame; `ws` would wait half a minute for it. */
function limitClose(socket: WASocket, events: SocketEvents): void {
  const close = socket.ws.close.bind(socket.ws);
  socket.ws.close = async () => {
    events.closing();
    const raw = rawSocket(socket);
    const deadline = setTimeout(() => raw?.terminate(), CLOSE_DEADLINE_MS);
    try {
      await close();
    } finally {
      clearTimeout(deadline);
    }
  };
}

/** Baileys answers "your groups are out of date" with a query for all of them, whose answer it then drops. */
function takeOverDirty(socket: WASocket, events: SocketEvents): void {
  const event = 'CB:ib,,dirty';
  const listeners = socket.ws.listeners(event) as Listener[];
  socket.ws.removeAllListeners(event);
  socket.ws.on(event, (node: BinaryNode) => {
    const type = childOf(node, 'dirty')?.attrs.type;
    if (type !== 'groups' && type !== 'communities') {
      for (const listener of listeners) listener(node);
      return;
    }
    events.groupsDirty();
    socket.cleanDirtyBits('groups').catch((error: unknown) => events.handlerFailed(error));
  });
}

/**
 * Baileys acknowledges what comes from a group at once, and does nothing else with it. An acknowledgement tells WhatsApp
 * to forget the notification, so it has to wait until we have what the notification says.
 */
function holdAcknowledgements(socket: WASocket, events: SocketEvents): void {
  const event = 'CB:notification';
  const listeners = socket.ws.listeners(event) as Listener[];
  socket.ws.removeAllListeners(event);
  socket.ws.on(event, (node: BinaryNode) => {
    const acknowledge = (): void => listeners.forEach((listener) => void listener(node));
    if (node.attrs.type !== 'w:gp2') return acknowledge();
    events.groupNotification(node).then(acknowledge, (error: unknown) => events.handlerFailed(error));
  });
}

export function rawSocket({ ws }: WASocket): WebSocket | null {
  // Baileys keeps it to itself, and offers no other way to cut a connection off.
  return (ws as unknown as { socket: WebSocket | null }).socket;
}
