import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A connection over which WebSocket may be spoken from now on. */
export interface Upgrade {
  socket: Socket;
  /** What the client has sent beyond its request. */
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
const connections = new WeakMap<Server, Set<Socket>>();

/** `undefined` for a request that asks for nothing but an answer. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request);
}

/**
 * Whether Node is to leave the connection to us. Who asks for another protocol than WebSocket on the way, as some clients
 * do for HTTP/2, is served over HTTP/1.1 as if it had not asked (RFC 9110, 7.8), its body included.
 */
export function leavesHttp({ method, headers }: IncomingMessage): boolean {
  return method === 'CONNECT' || (method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket');
}

/**
 * Has requests for an upgrade answered by `listener` like all others, so that a refusal is an answer like any other. After
 * an answer the connection ends; whoever upgrades it detaches the response from it first.
 */
export function answerUpgrades(
  server: Server,
  listener: RequestListener,
  newResponse: (request: IncomingMessage) => ServerResponse,
): void {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const socket = duplex as Socket;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Node listens to it no longer: a client that breaks off would end the process.
    socket.on('error', () => socket.destroy());
    const response = newResponse(request);
    response.shouldKeepAlive = false;
    response.once('finish', () => {
      response.detachSocket(socket);
      socket.destroySoon();
    });
    if (isBusy(socket)) return void socket.destroy();
    response.assignSocket(socket);
    upgrades.set(request, { socket, head });
    listener(request, response);
  });
}

/** What `closeAllConnections` leaves open: Node's server counts these connections, but does not know them any longer. */
export function closeUpgraded(server: Server): void {
  for (const socket of connections.get(server) ?? []) socket.destroy();
}

/** Whether an earlier request on the connection is still being answered: after that, nobody would know what is what. */
function isBusy(socket: Socket): boolean {
  return Boolean((socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage);
}
